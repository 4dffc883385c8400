import type { AgentView } from "@/shared/live/views";

/** States in which a choice waits until the work is done. */
const BUSY = new Set<AgentView["state"]>(["offered", "on_call", "wrap_up"]);

export function isBusy(me: AgentView | undefined): boolean {
  return me !== undefined && BUSY.has(me.state);
}

/** Whether the state may be left by saying "I am back". */
export function hasMissed(me: AgentView | undefined): boolean {
  return me?.state === "not_responding";
}
