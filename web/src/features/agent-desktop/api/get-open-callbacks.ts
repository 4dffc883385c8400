import { queryOptions, useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import type { Page } from "@/shared/api/use-pages";

export interface OpenCallback {
  id: string;
  queue_name: string;
  number: string;
  customer_name: string;
  note: string;
  requested_at: string;
}

const SHOWN = 5;

const openCallbacks = queryOptions({
  queryKey: ["callbacks", "open", SHOWN],
  queryFn: async ({ signal }) => {
    const query = { open: true, limit: SHOWN };
    return (await request<Page<OpenCallback>>("GET", "/api/callbacks", { query, signal })).items;
  },
  refetchInterval: 30_000,
});

/** Customers of this agent's queues who wait to be called back. */
export function useOpenCallbacks() {
  return useQuery(openCallbacks);
}
