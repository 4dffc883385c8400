import type { PhoneSnapshot } from "../phone/snapshot";

export interface PhoneNotice {
  text:
    | "takenOver"
    | "refused"
    | "notSecure"
    | "microphone_denied"
    | "microphone_missing"
    | "soundBlocked"
    | "reconnecting"
    | "reattaching";
  tone: "bad" | "warning";
  /** What its button does. */
  action: "take_back" | "retry" | null;
}

/** Say what an agent has to know about the phone, the most pressing first. */
export function phoneNotices({ line, session, problem, soundBlocked }: PhoneSnapshot): PhoneNotice[] {
  const notices: PhoneNotice[] = [];
  if (problem === "microphone_denied" || problem === "microphone_missing") {
    notices.push({ text: problem, tone: "bad", action: null });
  }
  if (soundBlocked) notices.push({ text: "soundBlocked", tone: "bad", action: null });
  if (session === "reattaching") notices.push({ text: "reattaching", tone: "warning", action: null });
  if (line === "taken_over") notices.push({ text: "takenOver", tone: "warning", action: "take_back" });
  else if (problem === "not_secure") notices.push({ text: "notSecure", tone: "bad", action: null });
  else if (line === "refused") notices.push({ text: "refused", tone: "bad", action: "retry" });
  else if (line === "reconnecting") notices.push({ text: "reconnecting", tone: "warning", action: null });
  return notices;
}
