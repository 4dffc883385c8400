import { request } from "@/shared/api/client";
import type { Role } from "@/shared/session/session";

export const USERS = "users";

/** What an administrator decides about a user. */
export interface UserWrite {
  login: string;
  name: string;
  role: Role;
  store_ids: string[];
  regions: string[];
  active: boolean;
  extension: string | null;
}

export interface User extends UserWrite {
  id: string;
  must_change_password: boolean;
  created_at: string;
  last_sign_in_at: string | null;
}

export const addUser = (body: UserWrite) => request<{ user: User; password: string }>("POST", "/api/users", { body });

export const changeUser = ({ id, ...body }: UserWrite & { id: string }) =>
  request<User>("PUT", `/api/users/${id}`, { body });

/** Give somebody a new password; it is told once. */
export const resetPassword = (id: string) => request<{ password: string }>("POST", `/api/users/${id}/password-reset`);
