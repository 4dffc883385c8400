import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import { setCsrfToken } from "@/shared/api/credentials";
import { setZone } from "@/shared/format/zone";
import type { Schemas } from "@/shared/api/schemas";
import { SESSION_KEY, type Session } from "@/shared/session/session";

export type Credentials = Schemas["Credentials"];

/** Sign in. What an earlier person saw is forgotten when somebody else comes. */
export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: Credentials) => unwrap(await api.POST("/api/session", { body })),
    retry: false,
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token ?? "");
      setZone(session.timezone);
      const before = queries.getQueryData<Session | null>(SESSION_KEY);
      if (before?.user.id !== session.user.id)
        queries.removeQueries({ predicate: (query) => query.queryKey !== SESSION_KEY });
      queries.setQueryData(SESSION_KEY, session);
    },
  });
}

/** Sign out here; the server forgets the session. */
export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => unwrap(await api.DELETE("/api/session")),
    retry: false,
    onSettled: () => {
      setCsrfToken("");
      queries.clear();
      queries.setQueryData(SESSION_KEY, null);
    },
  });
}
