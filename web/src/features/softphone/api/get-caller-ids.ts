import { queryOptions, useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import { Problem } from "@/shared/api/problem";

const callerIds = queryOptions({
  queryKey: ["caller-ids"],
  queryFn: async ({ signal }) => {
    try {
      const answer = await request<{ hotlines?: { number: string }[] }>("GET", "/api/status", { signal });
      return (answer.hotlines ?? []).map(({ number }) => number);
    } catch (error) {
      // Who may not see the hotlines calls with the default number.
      if (error instanceof Problem && error.status < 500) return [];
      throw error;
    }
  },
  staleTime: 10 * 60_000,
});

/** The numbers of ours that may be shown to whom we call. */
export function useCallerIds(): string[] {
  return useQuery(callerIds).data ?? [];
}
