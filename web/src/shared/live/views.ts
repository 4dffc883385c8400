import type { Answer } from "@/shared/api/schemas";

/** What the server pushes and answers about agents, queues and calls right now. Times are ISO 8601, UTC. */

/** In the order in which they are counted up. */
export const AGENT_STATES = [
  "available",
  "offered",
  "on_call",
  "wrap_up",
  "break",
  "not_responding",
  "unreachable",
  "offline",
] as const satisfies readonly AgentState[];

export type AgentState = Answer<"AgentState">;
export type AgentView = Answer<"AgentView">;
export type WrapUpView = Answer<"WrapUpView">;
export type LiveQueueView = Omit<Answer<"LiveQueueView">, "agents"> & { agents: Record<AgentState, number> };
export type WaitingView = Answer<"WaitingView">;
export type LiveCallView = Omit<Answer<"LiveCallView">, "direction" | "state" | "consult"> & {
  direction: Direction;
  state: "offered" | "answered" | "connected";
  consult: (Omit<Answer<"ConsultView">, "state"> & { state: "ringing" | "talking" | "joined" }) | null;
};
export type ParticipantView = Answer<"ParticipantView">;
export type ParticipantState = Answer<"ParticipantState">;
export type ParticipantRole = Answer<"ParticipantRole">;
export type IvrStep = Answer<"IvrStep">;
export type Direction = Answer<"Direction">;
export type CustomerRef = Answer<"CustomerRef">;
export type StoreRef = Answer<"StoreRef">;

/** Every message of the feed by its type. */
export interface LiveEvents {
  "agent.updated": AgentView;
  "queue.updated": LiveQueueView;
  "call.updated": LiveCallView;
  "call.ended": { id: string };
  /** A message was left in a box that this person listens to. */
  "voicemail.left": { call_id: string; box: string; number: string | null; notify: boolean };
  "softphone.taken_over": { device_id: string };
  "softphone.command": { command: "answer"; call_id: string };
  "flow.updated": {
    id: string;
    revision: number;
    published_version: number | null;
    lock: { user_id: string; name: string; since: string; renewed_at: string } | null;
  };
  "flow.lock_lost": { id: string };
  notice: { level: "info" | "warning" | "error"; message_id: string; params: Record<string, string | number> };
}

export type LiveEventType = keyof LiveEvents;
