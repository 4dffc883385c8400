import { Line, type LineParts } from "./line";
import type { PhonePort } from "./phone-port";
import { judge, readCounters, type Counters, type Quality } from "./quality";
import { Session } from "./session";
import type { SessionParts } from "./session-parts";
import { QUIET, type PhoneAction, type PhoneSnapshot } from "./snapshot";
import type { SpeakerPort } from "./speaker";

const MEASURE_EVERY_MS = 2000;

/** Tells of changed networks, where the browser does. */
const network = (navigator as Navigator & { connection?: EventTarget }).connection;

/** The call the server says this agent is in; `away`: its way to the agent is lost. */
export interface KnownCall {
  id: string;
  away: boolean;
}

export interface SoftphoneParts
  extends Pick<LineParts, "askCredentials" | "random">, Pick<SessionParts, "memory" | "openMicrophone" | "askAttach"> {
  port: PhonePort;
  speaker: SpeakerPort;
  /** Have the server send keys, when the sound cannot carry them. */
  askKeys: (callId: string, keys: string) => Promise<unknown>;
}

/** The phone of this browser: line, session, loudspeaker and meter behind one snapshot. */
export class Softphone {
  snapshot: PhoneSnapshot = QUIET;
  private quality: Quality | null = null;
  private known: KnownCall | null = null;
  private counters: Counters | null = null;
  private meter: ReturnType<typeof setInterval> | undefined;
  private readonly line: Line;
  private readonly session: Session;
  private readonly watchers = new Set<() => void>();

  constructor(private readonly parts: SoftphoneParts) {
    const { port, speaker } = parts;
    const changed = (): void => {
      this.refresh();
    };
    this.session = new Session({ ...parts, changed });
    this.line = new Line({
      ...parts,
      changed: (state) => {
        if (state === "registered") this.lineIsUp();
        changed();
      },
    });
    speaker.watch(changed);
    port.listen((event) => {
      if (event.type === "sound" && event.sessionId === this.session.id) speaker.play(event.stream);
    });
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Be the phone of this browser; `elsewhere`: it was taken over before, and only the agent takes it back. */
  start(elsewhere = false): void {
    if (elsewhere) this.line.takenOver();
    else this.line.start();
    this.meter = setInterval(() => void this.measure(), MEASURE_EVERY_MS);
    addEventListener("online", this.checkConnection);
    network?.addEventListener("change", this.checkConnection);
  }

  /** Leave without a word; calls go on at the server. */
  stop(): void {
    clearInterval(this.meter);
    removeEventListener("online", this.checkConnection);
    network?.removeEventListener("change", this.checkConnection);
    this.line.stop();
    this.session.forget();
    this.parts.speaker.stop();
  }

  takenOver(): void {
    this.line.takenOver();
    this.session.forget();
  }

  know(call: KnownCall | null): void {
    this.known = call;
    // Before the line is up the server could not ring us anyway.
    if (this.line.state === "registered" || call === null) this.session.know(call);
  }

  /** The server asks the phone to answer this call: the agent pressed a button elsewhere. */
  commandAnswer(callId: string): void {
    if (this.session.callId === callId) void this.session.answer();
  }

  act(action: PhoneAction): void {
    if (action.type === "answer") void this.session.answer();
    else if (action.type === "reject") this.session.reject();
    else if (action.type === "hang_up") this.session.hangUp();
    else if (action.type === "mute") this.session.setMuted(action.muted);
    else if (action.type === "take_back") this.line.takeBack();
    else if (action.type === "retry") this.line.start();
    else this.sendKeys(action.keys);
  }

  async changeMicrophone(): Promise<void> {
    await this.session.changeMicrophone();
  }

  private sendKeys(keys: string): void {
    const { id, callId } = this.session;
    if (id === null || this.parts.port.sendKeys(id, keys) || callId === null) return;
    this.parts.askKeys(callId, keys).catch(() => undefined);
  }

  private lineIsUp(): void {
    this.session.lineIsBack();
    if (this.known !== null) this.session.know(this.known);
  }

  private readonly checkConnection = (): void => {
    this.parts.port.check();
  };

  private async measure(): Promise<void> {
    const report = this.session.id === null ? null : await this.parts.port.statistics(this.session.id);
    const counters = report === null ? null : readCounters(report);
    const before = this.counters;
    this.counters = counters;
    this.quality = counters !== null && before !== null ? judge(before, counters) : null;
    this.refresh();
  }

  private refresh(): void {
    const { state, callId, from, since, muted, problem } = this.session;
    if (state === "none") this.parts.speaker.stop();
    const snapshot: PhoneSnapshot = {
      line: this.line.state,
      session: state,
      callId,
      from,
      since,
      muted,
      problem: this.line.state === "refused" ? "refused" : problem,
      quality: state === "talking" ? this.quality : null,
      soundBlocked: state !== "none" && this.parts.speaker.blocked,
    };
    if (JSON.stringify(snapshot) === JSON.stringify(this.snapshot)) return;
    this.snapshot = snapshot;
    this.watchers.forEach((watcher) => {
      watcher();
    });
  }
}
