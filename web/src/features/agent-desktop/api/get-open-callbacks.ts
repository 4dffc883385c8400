import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { request } from "@/shared/api/client";
import type { Page } from "@/shared/api/use-pages";
import { useLiveEvent } from "@/shared/live/use-live-event";

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
  const queries = useQueryClient();
  const [waiting, setWaiting] = useState("");
  // A queue that changes tells of those who wait to be called back too.
  useLiveEvent("queue.updated", ({ id, waiting: entries }) => {
    const now = [id, ...entries.map(({ callback_id }) => callback_id)].join();
    if (now === waiting) return;
    setWaiting(now);
    void queries.invalidateQueries({ queryKey: openCallbacks.queryKey });
  });
  return useQuery(openCallbacks);
}
