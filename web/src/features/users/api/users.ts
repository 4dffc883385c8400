import { api, unwrap } from "@/shared/api/client";
import type { Answer, Schemas } from "@/shared/api/schemas";
import { usePages } from "@/shared/api/use-pages";

export const USERS = "users";

/** What an administrator decides about a user. */
export type UserWrite = Schemas["UserWrite"];
export type User = Answer<"UserView">;

export function useUsers(text: string) {
  return usePages(USERS, { q: text === "" ? null : text }, async (query, signal) =>
    unwrap(await api.GET("/api/users", { params: { query }, signal })),
  );
}

/** Make a user; the password is told once. */
export const addUser = async (body: UserWrite) => unwrap(await api.POST("/api/users", { body }));

export const changeUser = async ({ id, ...body }: UserWrite & { id: string }) =>
  unwrap(await api.PUT("/api/users/{user_id}", { params: { path: { user_id: id } }, body }));

/** Give somebody a new password; it is told once. */
export const resetPassword = async (id: string) =>
  unwrap(await api.POST("/api/users/{user_id}/password-reset", { params: { path: { user_id: id } } }));
