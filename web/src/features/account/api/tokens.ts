import { request } from "@/shared/api/client";
import type { Role } from "@/shared/session/session";

export const TOKENS = "tokens";

/** A key for programs. */
export interface ApiToken {
  id: string;
  name: string;
  role: Role;
  owner: { id: string; name: string };
  created_at: string;
  used_at: string | null;
  expires_at: string | null;
}

export const getTokens = (signal: AbortSignal) => request<ApiToken[]>("GET", "/api/tokens", { signal });

/** Make a token; its secret is told once. */
export const makeToken = (body: { name: string; role: Role }) =>
  request<{ token: ApiToken; secret: string }>("POST", "/api/tokens", { body });

export const removeToken = (id: string) => request<undefined>("DELETE", `/api/tokens/${id}`);
