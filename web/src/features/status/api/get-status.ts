import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { components } from "@/shared/api/schema.gen";

import { addSample, type Sample } from "../model/call-history";

export type ServerStatus = components["schemas"]["ServerStatus"];

export const POLL_MS = 2000;

export interface StatusReport {
  status: ServerStatus;
  /** Calls in progress as seen by this page, oldest first. */
  history: readonly Sample[];
}

const KEY = ["status"] as const;

async function getStatus(queries: QueryClient, signal: AbortSignal): Promise<StatusReport> {
  const data = unwrap(await api.GET("/api/status", { signal }));
  const before = queries.getQueryData<StatusReport>(KEY);
  return { status: data, history: addSample(before?.history ?? [], { at: Date.now(), calls: data.calls_active }) };
}

export const statusOptions = queryOptions({
  queryKey: KEY,
  queryFn: ({ client, signal }) => getStatus(client, signal),
  refetchInterval: POLL_MS,
  // The next poll is the retry.
  retry: false,
  staleTime: 0,
});

/** Ask for the status every two seconds while the page is visible. */
export function useStatus() {
  return useQuery(statusOptions);
}
