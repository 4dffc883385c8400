import { queryOptions, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { components } from "@/shared/api/schema.gen";

/** Who a number belongs to, and what happened with them before. */
export type Caller = components["schemas"]["NumberView"];
export type TimelineEntry = components["schemas"]["TimelineItem"];

const callerOptions = (number: string) =>
  queryOptions({
    queryKey: ["caller", number],
    queryFn: async ({ signal }) =>
      unwrap(await api.GET("/api/customers/by-number/{number}", { params: { path: { number } }, signal })),
    staleTime: 60_000,
  });

/** Ask who has this number; nothing is asked without one. */
export function useCaller(number: string | null) {
  return useQuery({ ...callerOptions(number ?? ""), enabled: number !== null && number !== "" });
}
