import { request } from "@/shared/api/client";

export const OWN_SESSIONS = "own-sessions";

/** One browser that somebody is signed in with. */
export interface OwnSession {
  id: string;
  /** The one that asks. */
  current: boolean;
  seen_at: string;
  source: string;
  user_agent: string;
}

export const getOwnSessions = (signal: AbortSignal) => request<OwnSession[]>("GET", "/api/me/sessions", { signal });

export const endOwnSession = (id: string) => request<undefined>("DELETE", `/api/me/sessions/${id}`);
