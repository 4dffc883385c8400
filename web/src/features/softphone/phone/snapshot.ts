import type { LineState } from "./line-states";
import type { Quality } from "./quality";
import type { SessionState } from "./session-states";

/**
 * What keeps the phone from working, in the order of what has to be solved first.
 *
 * - `not_secure`: browsers offer microphone and locks to HTTPS pages and localhost only.
 * - `microphone_denied`, `microphone_missing`: answering needs one.
 * - `refused`: the server gives this person no phone.
 */
export type PhoneProblem = "not_secure" | "microphone_denied" | "microphone_missing" | "refused";

/** Everything a page shows of the phone; plain data, so that tabs can pass it on. */
export interface PhoneSnapshot {
  line: LineState;
  session: SessionState;
  /** The server's id of the call that the session belongs to. */
  callId: string | null;
  from: { name: string; number: string } | null;
  /** Since when the session is in its state, milliseconds since 1970. */
  since: number;
  muted: boolean;
  problem: PhoneProblem | null;
  quality: Quality | null;
  /** The browser plays nothing until somebody clicks on the page. */
  soundBlocked: boolean;
}

export const QUIET: PhoneSnapshot = {
  line: "idle",
  session: "none",
  callId: null,
  from: null,
  since: 0,
  muted: false,
  problem: null,
  quality: null,
  soundBlocked: false,
};

/** What people do with the phone itself; everything else about calls is asked of the server. */
export type PhoneAction =
  | { type: "answer" }
  | { type: "reject" }
  | { type: "hang_up" }
  | { type: "mute"; muted: boolean }
  | { type: "keys"; keys: string }
  | { type: "take_back" }
  | { type: "retry" };
