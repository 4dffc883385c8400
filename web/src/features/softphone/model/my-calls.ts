import type { LiveCallView, ParticipantView } from "@/shared/live/views";

/** Return this agent's part in a call, or undefined. */
export function myPart(call: LiveCallView, userId: string): ParticipantView | undefined {
  return call.participants.find(({ agent_id, state }) => agent_id === userId && state !== "gone");
}

/** Return who is on the other side: everybody but this agent, the customer first. */
export function others(call: LiveCallView, userId: string): ParticipantView[] {
  return call.participants
    .filter(({ agent_id, state }) => agent_id !== userId && state !== "gone")
    .sort((one, two) => Number(two.role === "customer") - Number(one.role === "customer"));
}

export interface MyCalls {
  /** Rings here and is not answered. */
  ringing: LiveCallView | null;
  /** This agent is in it. */
  current: LiveCallView | null;
}

/** Pick the calls that concern this agent; of several the newest. */
export function pickMyCalls(calls: readonly LiveCallView[], userId: string): MyCalls {
  const mine = calls
    .filter((call) => myPart(call, userId) !== undefined)
    .sort((one, two) => two.started_at.localeCompare(one.started_at));
  const rings = (call: LiveCallView): boolean => myPart(call, userId)?.state === "ringing";
  return {
    ringing: mine.find(rings) ?? null,
    current: mine.find((call) => !rings(call)) ?? null,
  };
}

/** The number of whoever is on the other side; null: withheld. */
export function otherNumber(call: LiveCallView): string | null {
  return call.direction === "outbound" ? call.to_number : call.from_number;
}

/** The best name for the other side; "" when there is none. */
export function otherName(call: LiveCallView, userId: string): string {
  if (call.customer !== null) return call.customer.name;
  const name = others(call, userId)[0]?.name ?? "";
  return name !== "" && name !== otherNumber(call) ? name : call.direction === "outbound" ? "" : call.from_name;
}
