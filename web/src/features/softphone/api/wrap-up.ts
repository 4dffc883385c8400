import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { request } from "@/shared/api/client";

export interface Disposition {
  code: string;
  label: string | Record<string, string>;
  /** null: for every queue. */
  queue_ids: string[] | null;
}

export interface WrapUp {
  disposition?: string;
  note?: string;
}

const dispositions = queryOptions({
  queryKey: ["dispositions"],
  queryFn: async ({ signal }) => {
    const answer = await request<Disposition[] | { items: Disposition[] }>("GET", "/api/dispositions", { signal });
    return Array.isArray(answer) ? answer : answer.items;
  },
  staleTime: 5 * 60_000,
});

export function useDispositions() {
  return useQuery(dispositions);
}

export function saveWrapUp(callId: string, wrapUp: WrapUp): Promise<unknown> {
  return request("POST", `/api/calls/${encodeURIComponent(callId)}/wrap-up`, { body: wrapUp });
}

/** Save what was said about a call; during wrap-up this finishes it. */
export function useSaveWrapUp(callId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wrapUp: WrapUp) => saveWrapUp(callId, wrapUp),
    retry: false,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["my-calls"] }),
  });
}
