import { useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import type { CodeEntry } from "@/shared/api/refs";

export const DISPOSITIONS = "dispositions";
export const BREAK_REASONS = "break-reasons";

export interface CodeWrite {
  code: string;
  label: string;
  label_en: string;
  position: number;
}

export interface DispositionWrite extends CodeWrite {
  /** Only in these queues; null: in all. */
  queue_ids: string[] | null;
  /** Offered to agents; an inactive one stays in old calls. */
  active: boolean;
}

export interface Disposition extends DispositionWrite {
  id: string;
  /** The product relies on it: its code stays and it is not removed. */
  system: boolean;
}

export interface BreakReason extends CodeEntry {
  position: number;
}

/** All codes, those no longer offered too. */
export function useEveryDisposition() {
  return useQuery({
    queryKey: [DISPOSITIONS, "everything"],
    queryFn: ({ signal }) =>
      request<Disposition[]>("GET", "/api/dispositions", { query: { everything: true }, signal }),
  });
}

export const saveDisposition = ({ id, ...body }: DispositionWrite & { id: string | null }) =>
  id === null
    ? request<Disposition>("POST", "/api/dispositions", { body })
    : request<Disposition>("PUT", `/api/dispositions/${id}`, { body });

export const removeDisposition = (id: string) => request<undefined>("DELETE", `/api/dispositions/${id}`);

export const addBreakReason = (body: CodeWrite) => request<BreakReason>("POST", "/api/break-reasons", { body });

export const removeBreakReason = (id: string) => request<undefined>("DELETE", `/api/break-reasons/${id}`);
