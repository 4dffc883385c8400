import { useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";

/** A store as it is chosen from lists. */
export interface StoreEntry {
  id: string;
  code: string;
  name: string;
  region: string | null;
  address: string;
  phones: string[];
  extensions: string[];
  /** For good. */
  closed: boolean;
}

/** A queue as it is chosen from lists. */
export interface QueueEntry {
  id: string;
  code: string;
  name: string;
  store_id: string | null;
}

/** Something agents choose from a list. */
export interface CodeEntry {
  id: string;
  code: string;
  /** Vietnamese. */
  label: string;
  label_en: string;
}

/** Say it in the reader's language. */
export function codeLabel({ label, label_en }: CodeEntry, language: string): string {
  return language === "en" ? label_en || label : label;
}

export interface DispositionEntry extends CodeEntry {
  /** Only in these queues; null: in all. */
  queue_ids: string[] | null;
}

function useList<T>(name: string, path: string) {
  return useQuery({
    queryKey: [name, "all"],
    queryFn: ({ signal }) => request<T[]>("GET", path, { signal }),
    staleTime: 60_000,
  });
}

export const useStores = () => useList<StoreEntry>("stores", "/api/stores");
export const useQueues = () => useList<QueueEntry>("queues", "/api/queues");
export const useBreakReasons = () => useList<CodeEntry>("break-reasons", "/api/break-reasons");
export const useDispositions = () => useList<DispositionEntry>("dispositions", "/api/dispositions");
