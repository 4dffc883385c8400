/** What the server pushes and answers about agents, queues and calls right now. Times are ISO 8601, UTC. */

export const AGENT_STATES = [
  "available",
  "offered",
  "on_call",
  "wrap_up",
  "break",
  "not_responding",
  "unreachable",
  "offline",
] as const;

export type AgentState = (typeof AGENT_STATES)[number];

export interface WrapUpView {
  call_id: string;
  queue_id: string | null;
  queue_name: string | null;
  /** null: until a disposition is chosen. */
  ends_at: string | null;
  disposition_required: boolean;
  can_extend: boolean;
  /** It may be ended now: neither a code is missing nor the time is fixed. */
  can_finish: boolean;
}

export interface AgentView {
  id: string;
  name: string;
  extension: string | null;
  store_ids: string[];
  state: AgentState;
  /** Why a break is taken. */
  reason: string | null;
  since: string;
  /** What the state becomes after the call. */
  next: { state: AgentState; reason: string | null } | null;
  /** A phone or browser of this agent can ring. */
  registered: boolean;
  call_ids: string[];
  queue_ids: string[];
  wrap_up: WrapUpView | null;
  missed_in_row: number;
}

export interface WaitingView {
  call_id: string | null;
  callback_id: string | null;
  number: string | null;
  customer_name: string | null;
  position: number;
  waiting_since: string;
  priority: number;
  offered_to: string[];
}

export interface LiveQueueView {
  id: string;
  code: string;
  name: string;
  store_id: string | null;
  waiting: WaitingView[];
  agents: Record<AgentState, number>;
  longest_waiting_since: string | null;
  estimated_wait_s: number | null;
  today: {
    offered: number;
    answered: number;
    abandoned: number;
    called_back: number;
    within_target: number;
    target_s: number;
  };
}

export interface CustomerRef {
  id: string;
  code: string | null;
  name: string;
  vip_level: number;
}

export interface StoreRef {
  id: string;
  code: string;
  name: string;
}

/** One step of the caller through the menus. */
export interface IvrStep {
  node_id: string;
  name: string;
  type: string;
  at_ms: number;
  keys: string;
  port: string | null;
}

export type ParticipantRole = "customer" | "agent" | "external" | "supervisor";
export type ParticipantState = "ringing" | "talking" | "held" | "away" | "consulting";

export interface ParticipantView {
  leg_id: string;
  role: ParticipantRole;
  name: string;
  number: string | null;
  agent_id: string | null;
  extension: string | null;
  state: ParticipantState;
  since: string;
}

export type Direction = "inbound" | "outbound" | "internal";

export interface LiveCallView {
  id: string;
  direction: Direction;
  state: "offered" | "answered" | "connected";
  started_at: string;
  answered_at: string | null;
  connected_at: string | null;
  from_number: string | null;
  from_name: string;
  to_number: string | null;
  did: string | null;
  language: string;
  customer: CustomerRef | null;
  store: StoreRef | null;
  queue: { id: string; name: string; waiting_since: string; waited_s: number | null } | null;
  /** How routing decided, as the call log keeps it. */
  why: Record<string, unknown> | null;
  ivr_path: IvrStep[];
  keys_pressed: string;
  tags: string[];
  segment: { kind: string; since_ms: number };
  recording: { on: boolean; paused: boolean };
  transfers: number;
  participants: ParticipantView[];
  consult: { leg_id: string; target_label: string; state: "ringing" | "talking" | "joined" } | null;
  /** What the asking person may do with the call now. */
  actions: string[];
}

/** Every message of the feed by its type. */
export interface LiveEvents {
  "agent.updated": AgentView;
  "queue.updated": LiveQueueView;
  "call.updated": LiveCallView;
  "call.ended": { id: string };
  "softphone.taken_over": { device_id: string };
  "softphone.command": { command: "answer"; call_id: string };
  notice: { level: "info" | "warning" | "error"; message_id: string; params: Record<string, string | number> };
}

export type LiveEventType = keyof LiveEvents;
