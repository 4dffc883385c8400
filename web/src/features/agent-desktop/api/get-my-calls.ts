import { queryOptions, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { components } from "@/shared/api/schema.gen";

export type CallItem = components["schemas"]["CallItem"];

const SHOWN = 8;

const myCalls = (userId: string) =>
  queryOptions({
    queryKey: ["calls", "mine", userId],
    queryFn: async ({ signal }) =>
      unwrap(await api.GET("/api/calls", { params: { query: { agent_id: userId, limit: SHOWN } }, signal })).items,
    staleTime: 15_000,
  });

/** The last calls that rang or reached this agent, newest first. */
export function useMyCalls(userId: string) {
  return useQuery(myCalls(userId));
}
