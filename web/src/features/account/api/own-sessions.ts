import { api, unwrap } from "@/shared/api/client";
import type { Answer } from "@/shared/api/schemas";

export const OWN_SESSIONS = "own-sessions";

/** One browser that somebody is signed in with. */
export type OwnSession = Answer<"OwnSession">;

export const getOwnSessions = async (signal: AbortSignal) => unwrap(await api.GET("/api/me/sessions", { signal }));

export const endOwnSession = async (id: string) =>
  unwrap(await api.DELETE("/api/me/sessions/{session_id}", { params: { path: { session_id: id } } }));
