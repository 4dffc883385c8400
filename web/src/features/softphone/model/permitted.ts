import type { LiveCallView } from "@/shared/live/views";

/** What the server says the asking person may do with a call now. */
export type Permission =
  | "hold"
  | "resume"
  | "transfer"
  | "consult"
  | "consult_complete"
  | "consult_cancel"
  | "consult_swap"
  | "consult_join"
  | "add_participant"
  | "drop_participant"
  | "recording_pause"
  | "recording_resume"
  | "digits";

export function may(call: LiveCallView, permission: Permission): boolean {
  return call.actions.includes(permission);
}
