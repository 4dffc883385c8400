import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { Answer, Schemas } from "@/shared/api/schemas";

export const DISPOSITIONS = "dispositions";
export const BREAK_REASONS = "break-reasons";

export type DispositionWrite = Schemas["DispositionWrite"];
export type Disposition = Answer<"callcenter__api__routes__dispositions__DispositionView">;
export type BreakReason = Answer<"BreakReasonView">;

/** All codes, those no longer offered too. */
export function useEveryDisposition() {
  return useQuery({
    queryKey: [DISPOSITIONS, "everything"],
    queryFn: async ({ signal }) =>
      unwrap(await api.GET("/api/dispositions", { params: { query: { everything: true } }, signal })),
  });
}

export async function saveDisposition({ id, ...body }: DispositionWrite & { id: string | null }) {
  if (id === null) return unwrap(await api.POST("/api/dispositions", { body }));
  const params = { path: { disposition_id: id } };
  return unwrap(await api.PUT("/api/dispositions/{disposition_id}", { params, body }));
}

export const removeDisposition = async (id: string) =>
  unwrap(await api.DELETE("/api/dispositions/{disposition_id}", { params: { path: { disposition_id: id } } }));

export const addBreakReason = async (body: Schemas["BreakReasonWrite"]) =>
  unwrap(await api.POST("/api/break-reasons", { body }));

export const removeBreakReason = async (id: string) =>
  unwrap(await api.DELETE("/api/break-reasons/{reason_id}", { params: { path: { reason_id: id } } }));
