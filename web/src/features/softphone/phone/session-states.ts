import type { Table } from "./table";

/**
 * The one conversation this browser has, or none.
 *
 * - `ringing`: offered; nobody has answered yet.
 * - `answering`: the microphone is being opened and the sound connected.
 * - `talking`: sound flows, also while the server holds the customer.
 * - `reattaching`: the call goes on at the server, its way to this browser is lost and being laid anew.
 */
export type SessionState = "none" | "ringing" | "answering" | "talking" | "reattaching";

/**
 * - `invited`: the server rings; `summoned`: it asks the browser to answer by itself.
 * - `expected`: the server says that we are in a call, but nothing connects us to it (after a reload).
 * - `no_microphone`: the browser does not let us record.
 * - `media_lost`, `media_back`: the sound's way broke, came back by itself.
 */
export type SessionEvent =
  | "invited"
  | "summoned"
  | "expected"
  | "answer"
  | "no_microphone"
  | "established"
  | "media_lost"
  | "media_back"
  | "ended";

export const SESSION: Table<SessionState, SessionEvent> = {
  none: { invited: "ringing", summoned: "answering", expected: "reattaching" },
  ringing: { answer: "answering", summoned: "answering", ended: "none" },
  answering: {
    established: "talking",
    no_microphone: "ringing",
    summoned: "answering",
    media_lost: "reattaching",
    ended: "none",
  },
  talking: { media_lost: "reattaching", summoned: "answering", ended: "none" },
  reattaching: { summoned: "answering", media_back: "talking", ended: "none" },
};
