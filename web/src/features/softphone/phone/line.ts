import { isPassing, Problem } from "@/shared/api/problem";

import { LINE, type LineEvent, type LineState } from "./line-states";
import type { PhonePort, SipCredentials } from "./phone-port";
import { next } from "./table";

const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 4000;
/** While nobody is signed in, asking often helps nobody. */
const RETRY_SIGNED_OUT_MS = 15_000;
const RENEW_BEFORE_MS = 60_000;
const RENEW_SOONEST_MS = 5000;

export interface LineParts {
  port: PhonePort;
  askCredentials: () => Promise<SipCredentials>;
  changed: (state: LineState) => void;
  random?: () => number;
}

/** Keeps the phone registered: gets credentials, renews them before they end, tries again when the server is away. */
export class Line {
  state: LineState = "idle";
  private started = false;
  private attempts = 0;
  /** Counts what was begun, so that an answer that comes too late is not used. */
  private round = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: LineParts) {
    parts.port.listen((event) => {
      if (event.type === "registered") this.move("registered");
      else if (event.type === "disconnected") this.move("lost");
      else if (event.type === "registration_refused") this.refusedBySip(event.status);
    });
  }

  start(): void {
    if (this.move("start")) void this.obtain();
  }

  stop(): void {
    if (this.move("stop")) this.abandon();
  }

  /** The agent's phone is on another computer now. */
  takenOver(): void {
    if (this.move("taken_over")) this.abandon();
  }

  takeBack(): void {
    if (this.move("take_back")) void this.obtain();
  }

  private abandon(): void {
    this.round += 1;
    this.started = false;
    clearTimeout(this.timer);
    this.parts.port.leave();
  }

  private move(event: LineEvent): boolean {
    const state = next(LINE, this.state, event);
    if (state === null) return false;
    this.state = state;
    if (state === "registered") this.attempts = 0;
    this.parts.changed(state);
    return true;
  }

  private async obtain(): Promise<void> {
    this.round += 1;
    const round = this.round;
    try {
      const credentials = await this.parts.askCredentials();
      if (round !== this.round) return;
      if (this.started) this.parts.port.renew(credentials);
      else this.parts.port.start(credentials);
      this.started = true;
      const left = Date.parse(credentials.expires_at) - Date.now();
      this.later(Math.max(RENEW_SOONEST_MS, left - Math.max(RENEW_BEFORE_MS, left / 5)));
    } catch (error) {
      if (round === this.round) this.failed(error);
    }
  }

  private failed(error: unknown): void {
    const signedOut = error instanceof Problem && error.status === 401;
    if (!signedOut && !isPassing(error)) {
      if (this.move("refused")) this.abandon();
      return;
    }
    this.later(signedOut ? RETRY_SIGNED_OUT_MS : this.pause());
  }

  private refusedBySip(status: number): void {
    // 401 and 403: the credentials ended, for instance while the computer slept. Others are the server's trouble.
    this.later(status === 401 || status === 403 ? this.pause() / 2 : this.pause());
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.obtain(), ms);
  }

  /** 1 s, 2 s, 4 s, 4 s …, each spread by a quarter: many browsers do not come back in one moment. */
  private pause(): number {
    const step = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.attempts);
    this.attempts += 1;
    return step * (0.75 + (this.parts.random ?? Math.random)() / 2);
  }
}
