import { useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import type { CustomerRef, Direction, StoreRef } from "@/shared/live/views";

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
] as const;

export type Outcome = (typeof OUTCOMES)[number];

interface NamedRef {
  id: string;
  name: string;
}

/** One line of the call log. */
export interface CallEntry {
  id: string;
  direction: Direction;
  started_at: string;
  answered_at: string | null;
  connected_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  from_number: string | null;
  to_number: string | null;
  did: string | null;
  customer: CustomerRef | null;
  agent: NamedRef | null;
  store: StoreRef | null;
  /** null: still going on. */
  outcome: Outcome | null;
  disposition: string | null;
  /** Milliseconds per kind of segment; empty while the call goes on. */
  time_ms: Record<string, number>;
  recorded: boolean;
}

export interface SegmentEntry {
  kind: string;
  start_ms: number;
  end_ms: number;
  leg_id: string | null;
  agent: NamedRef | null;
  store: StoreRef | null;
  extension: string | null;
  node: string | null;
}

export interface EventEntry {
  at_ms: number;
  kind: string;
  data: Record<string, unknown>;
}

export interface LegEntry {
  id: string;
  direction: Direction;
  peer: string;
  agent: NamedRef | null;
  started_ms: number;
  answered_ms: number | null;
  ended_ms: number | null;
  codec: string | null;
  cause: string | null;
  packets_lost: number | null;
  jitter_ms: number | null;
  round_trip_ms: number | null;
  mos: number | null;
}

export interface RecordingEntry {
  id: string;
  started_ms: number;
  duration_ms: number;
  channels: number;
  truncated: boolean;
  url: string;
}

export interface CallDetail extends CallEntry {
  hangup_cause: string | null;
  hangup_side: string | null;
  keys_pressed: string;
  segments: SegmentEntry[];
  events: EventEntry[];
  legs: LegEntry[];
  recordings: RecordingEntry[];
  dispositions: { agent: NamedRef | null; at: string; code: string }[];
  notes: { id: string; agent: NamedRef | null; at: string; text: string }[];
}

/** Ask for one call with everything the log has about it. */
export function useCall(id: string) {
  return useQuery({
    queryKey: [CALLS, "one", id],
    queryFn: ({ signal }) => request<CallDetail>("GET", `/api/calls/${id}`, { signal }),
  });
}

/** Write down what a call was about. */
export const saveAfterCall = ({ id, ...body }: { id: string; disposition?: string; note?: string }) =>
  request<unknown>("POST", `/api/calls/${id}/wrap-up`, { body });
