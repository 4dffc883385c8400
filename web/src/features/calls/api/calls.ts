import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { Answer, Schemas } from "@/shared/api/schemas";
import { usePages } from "@/shared/api/use-pages";

import type { CallQuery } from "../model/filters";

export const CALLS = "calls";

export const OUTCOMES = [
  "answered",
  "ivr_completed",
  "abandoned",
  "voicemail",
  "no_answer",
  "busy",
  "rejected",
  "failed",
  "media_failure",
  "system_failure",
] as const satisfies readonly Outcome[];

export type Outcome = Answer<"Outcome">;
/** One line of the call log. */
export type CallEntry = Answer<"CallItem">;
export type CallDetail = Answer<"CallDetail">;
export type SegmentEntry = CallDetail["segments"][number];
export type EventEntry = CallDetail["events"][number];
export type LegEntry = CallDetail["legs"][number];
export type RecordingEntry = CallDetail["recordings"][number];

export function useCalls(filters: CallQuery) {
  return usePages(CALLS, filters, async (query, signal) =>
    unwrap(await api.GET("/api/calls", { params: { query }, signal })),
  );
}

/** Ask for one call with everything the log has about it. */
export function useCall(id: string) {
  return useQuery({
    queryKey: [CALLS, "one", id],
    queryFn: async ({ signal }) =>
      unwrap(await api.GET("/api/calls/{call_id}", { params: { path: { call_id: id } }, signal })),
  });
}

/** Write down what a call was about. */
export const saveAfterCall = async ({ id, ...body }: Partial<Schemas["WrapUp"]> & { id: string }) =>
  unwrap(await api.POST("/api/calls/{call_id}/wrap-up", { params: { path: { call_id: id } }, body }));
