/** What the server hands a browser so that it can register: valid for a while, unrelated to the login's password. */
export interface SipCredentials {
  uri: string;
  authorization_user: string;
  password: string;
  websocket_path: string;
  /** ISO 8601, UTC. */
  expires_at: string;
  display_name: string;
}

/** Codes to decline with: nobody can answer here now (480), here is another call already (486), the agent does not want it (603). */
export type RejectCode = 480 | 486 | 603;

/** How the way of the sound is doing (the states of ICE that matter). */
export type MediaState = "connected" | "disconnected" | "failed";

export interface Invitation {
  sessionId: string;
  /** The server's id of the call; null when the INVITE names none. */
  callId: string | null;
  /** Answer without asking (RFC 5373): the agent's own click-to-call, or a call that was here before. */
  auto: boolean;
  from: { name: string; number: string };
}

export type PhoneEvent =
  | { type: "registered" }
  | { type: "disconnected" }
  | { type: "registration_refused"; status: number }
  | ({ type: "invited" } & Invitation)
  | { type: "established"; sessionId: string }
  | { type: "media"; sessionId: string; state: MediaState }
  | { type: "sound"; sessionId: string; stream: MediaStream }
  /** `lost`: not by anybody's will; the server may still have the call. */
  | { type: "ended"; sessionId: string; lost: boolean };

/** A SIP phone that takes calls. What it is made of is nobody else's business. */
export interface PhonePort {
  /** Connect and register, and keep doing so until {@link leave}. */
  start(credentials: SipCredentials): void;
  /** Use new credentials from the next registration on, and register now if the last one was refused. */
  renew(credentials: SipCredentials): void;
  /** Look at once whether the connection still works, e.g. because the network changed. */
  check(): void;
  answer(sessionId: string, microphone: MediaStream): void;
  reject(sessionId: string, code: RejectCode): void;
  hangUp(sessionId: string): void;
  setMuted(sessionId: string, muted: boolean): void;
  /** Send keys as RFC 4733 events. Returns false when this call cannot carry them. */
  sendKeys(sessionId: string, keys: string): boolean;
  /** Speak through another microphone from now on. */
  replaceMicrophone(sessionId: string, microphone: MediaStream): Promise<void>;
  statistics(sessionId: string): Promise<RTCStatsReport | null>;
  /** Go away without a word: the calls of this phone stay up at the server. */
  leave(): void;
  /** Returns how to stop listening. */
  listen(listener: (event: PhoneEvent) => void): () => void;
}
