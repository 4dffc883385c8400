import type { LiveCallView } from "@/shared/live/views";

import type { PhoneSnapshot } from "../phone/snapshot";
import { may } from "./permitted";
import { myPart, others } from "./my-calls";

export type ShownCallState =
  "offered" | "answering" | "talking" | "held" | "calling" | "reattaching" | "consulting" | "elsewhere";

/** Say what a call goes through, in the word that matters most to its agent. */
export function callState(call: LiveCallView, phone: PhoneSnapshot, userId: string): ShownCallState {
  if (phone.session === "reattaching") return "reattaching";
  if (phone.session === "answering") return "answering";
  if (call.consult !== null && call.consult.state !== "joined") return "consulting";
  if (may(call, "resume")) return "held";
  if (call.direction === "outbound" && others(call, userId).every(({ state }) => state === "ringing")) return "calling";
  // The server says that we talk, but not through this browser: a desk phone has the call.
  if (phone.session === "none" && myPart(call, userId)?.state !== "away") return "elsewhere";
  return "talking";
}
