import type { AgentView } from "@/shared/live/views";

import type { PhoneSnapshot } from "../phone/snapshot";

export type PhoneTone = "good" | "warning" | "bad" | "quiet";

export interface PhoneStatus {
  /** Key below `line` in the texts. */
  text: "ready" | "connecting" | "reconnecting" | "takenOver" | "refused" | "notSecure" | "otherPhone";
  tone: PhoneTone;
}

/** Say in one word whether this agent can be rung, and by what. */
export function phoneStatus(phone: PhoneSnapshot, me: AgentView | undefined): PhoneStatus {
  if (phone.line === "taken_over") return { text: "takenOver", tone: "warning" };
  if (phone.problem === "not_secure") return { text: "notSecure", tone: "bad" };
  if (phone.line === "refused") return { text: "refused", tone: "bad" };
  if (phone.line === "registered") return { text: "ready", tone: "good" };
  if (phone.line === "reconnecting") return { text: "reconnecting", tone: "warning" };
  if (phone.line === "idle" && me?.registered === true) return { text: "otherPhone", tone: "quiet" };
  return { text: "connecting", tone: "quiet" };
}
