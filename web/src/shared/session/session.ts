import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import { reportUnauthenticated, setCsrfToken } from "@/shared/api/credentials";
import { setZone } from "@/shared/format/zone";
import { Problem } from "@/shared/api/problem";
import type { Answer } from "@/shared/api/schemas";

export type Role = Answer<"Role">;

/** Who is signed in in this browser, and what they may do. */
export type Session = Answer<"SessionView">;

export const SESSION_KEY = ["session"] as const;

const RANKS: Record<Role, number> = { agent: 0, supervisor: 1, admin: 2 };

/** Tell whether this person may do what `role` may; each role includes the ones below it. */
export function includesRole(session: Session, role: Role): boolean {
  return RANKS[session.user.role] >= RANKS[role];
}

async function getSession(signal: AbortSignal): Promise<Session | null> {
  try {
    const session = unwrap(await api.GET("/api/session", { signal }));
    setCsrfToken(session.csrf_token ?? "");
    setZone(session.timezone);
    return session;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

/** Ask who is signed in; null: nobody. */
export const sessionOptions = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: ({ signal }) => getSession(signal),
  staleTime: Infinity,
  gcTime: Infinity,
});

export function useMaybeSession(): Session | null {
  return useQuery(sessionOptions).data ?? null;
}

/** Return the session of a page that only signed-in people see. */
export function useSession(): Session {
  const session = useMaybeSession();
  if (session === null) throw new Error("this page is for signed-in people");
  return session;
}

/** Ask whether the session still lives; when not, say so. Its CSRF token is taken anew. */
export async function checkSession(queries: QueryClient): Promise<void> {
  try {
    const session = await getSession(AbortSignal.timeout(8000));
    if (session === null) reportUnauthenticated();
    else queries.setQueryData(SESSION_KEY, session);
  } catch {
    // The server is away; whoever asked tries again.
  }
}
