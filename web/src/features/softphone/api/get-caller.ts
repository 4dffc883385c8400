import { queryOptions, useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import type { StoreRef } from "@/shared/live/views";

/** One thing that happened between a customer and us. */
export interface TimelineEntry {
  id: string;
  kind: string;
  at: string;
  store: StoreRef | null;
  agent_name: string | null;
  text: string | null;
  talk_s: number | null;
}

export interface CallerMatch {
  customer: { id: string; code: string | null; name: string; vip_level: number };
  last_store: StoreRef | null;
  last_agent: { id: string; name: string } | null;
  timeline: TimelineEntry[];
}

const callerOptions = (number: string) =>
  queryOptions({
    queryKey: ["caller", number],
    queryFn: async ({ signal }) => {
      const path = `/api/customers/by-number/${encodeURIComponent(number)}`;
      const answer = await request<CallerMatch[] | { items: CallerMatch[] }>("GET", path, { signal });
      return Array.isArray(answer) ? answer : answer.items;
    },
    staleTime: 60_000,
  });

/** Who has this number, and what happened with them before; nothing is asked without a number. */
export function useCaller(number: string | null) {
  return useQuery({ ...callerOptions(number ?? ""), enabled: number !== null && number !== "" });
}
