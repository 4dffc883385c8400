import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { Answer } from "@/shared/api/schemas";
import { usePages } from "@/shared/api/use-pages";

/** One line: who did what, when, from where, and what changed. */
export type AuditEntry = Answer<"AuditView">;
export type AuditOutcome = Answer<"AuditOutcome">;

interface AuditFilters {
  action: string | null;
  outcome: AuditOutcome | null;
  user_id: string | null;
}

export function useAudit(filters: AuditFilters) {
  return usePages("audit", filters, async (query, signal) =>
    unwrap(await api.GET("/api/audit", { params: { query }, signal })),
  );
}

/** Return the names of users by their ids. */
export function useUserNames(): ReadonlyMap<string, string> {
  const users = useQuery({
    queryKey: ["users", "names"],
    queryFn: async ({ signal }) => unwrap(await api.GET("/api/users", { params: { query: { limit: 200 } }, signal })),
    staleTime: 60_000,
  });
  return new Map((users.data?.items ?? []).map(({ id, name }) => [id, name]));
}
