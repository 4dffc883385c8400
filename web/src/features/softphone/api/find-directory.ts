import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import type { AgentState } from "@/shared/live/views";

import type { TargetKind } from "./control-call";

/** Somebody or something a call can be handed to. */
export interface DirectoryEntry {
  kind: TargetKind;
  value: string;
  label: string;
  detail: string;
  presence: AgentState | null;
}

const directoryOptions = (words: string) =>
  queryOptions({
    queryKey: ["directory", words],
    queryFn: ({ signal }) => request<DirectoryEntry[]>("GET", "/api/directory", { query: { q: words }, signal }),
    placeholderData: keepPreviousData,
    // Presence is only worth something when it is fresh.
    staleTime: 2000,
    refetchInterval: 5000,
  });

export function useDirectory(words: string) {
  return useQuery(directoryOptions(words));
}
