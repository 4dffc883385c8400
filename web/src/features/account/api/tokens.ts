import { api, unwrap } from "@/shared/api/client";
import type { Answer, Schemas } from "@/shared/api/schemas";

export const TOKENS = "tokens";

/** A key for programs. */
export type ApiToken = Answer<"TokenView">;

export const getTokens = async (signal: AbortSignal) => unwrap(await api.GET("/api/tokens", { signal }));

/** Make a token; its secret is told once. */
export const makeToken = async (body: Schemas["TokenWrite"]) => unwrap(await api.POST("/api/tokens", { body }));

export const removeToken = async (id: string) =>
  unwrap(await api.DELETE("/api/tokens/{token_id}", { params: { path: { token_id: id } } }));
