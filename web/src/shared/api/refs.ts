import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { Answer } from "@/shared/api/schemas";

/** Lists that others are chosen from: they change seldom and are asked for once. */
const KEPT = { staleTime: 60_000 };

export type Store = Answer<"callcenter__api__routes__stores__StoreView">;

/** A disposition, as far as choosing one needs it. */
export type DispositionEntry = Pick<
  Answer<"callcenter__api__routes__dispositions__DispositionView">,
  "id" | "code" | "label" | "label_en" | "queue_ids"
>;

/** Something agents choose from a list, in Vietnamese and English. */
export interface Code {
  label: string;
  label_en: string;
}

/** Say it in the reader's language. */
export function codeLabel({ label, label_en }: Code, language: string): string {
  return language === "en" && label_en !== "" ? label_en : label;
}

export function useStores() {
  return useQuery({
    queryKey: ["stores", "all"],
    queryFn: async ({ signal }) => unwrap(await api.GET("/api/stores", { signal })),
    ...KEPT,
  });
}

export function useQueues() {
  return useQuery({
    queryKey: ["queues", "all"],
    queryFn: async ({ signal }) => unwrap(await api.GET("/api/queues", { signal })),
    ...KEPT,
  });
}

export function useDispositions() {
  return useQuery({
    queryKey: ["dispositions", "all"],
    queryFn: async ({ signal }) => unwrap(await api.GET("/api/dispositions", { signal })),
    ...KEPT,
  });
}

export function useBreakReasons() {
  return useQuery({
    queryKey: ["break-reasons", "all"],
    queryFn: async ({ signal }) => unwrap(await api.GET("/api/break-reasons", { signal })),
    ...KEPT,
  });
}
