import { AttachRequests } from "./attach-requests";
import { Microphone, microphoneProblem } from "./microphone";
import type { Invitation } from "./phone-port";
import type { SessionParts } from "./session-parts";
import { SESSION, type SessionEvent, type SessionState } from "./session-states";
import type { PhoneProblem } from "./snapshot";
import { next } from "./table";

/** How long the server's own INVITE may take before we ask for it. */
const ATTACH_AFTER_MS = 1000;
/** ICE comes back by itself from a short gap. */
const MEDIA_PATIENCE_MS = 1500;

/** The conversation of this browser: rung, answered, talking, and found again when its way was lost. */
export class Session {
  state: SessionState = "none";
  since = 0;
  callId: string | null = null;
  from: Invitation["from"] | null = null;
  muted = false;
  problem: PhoneProblem | null = null;
  /** The phone's name of it. */
  id: string | null = null;
  /** What this session takes the place of, until it is established. */
  private replaced: string | null = null;
  /** The call that ended here last: the server's word that we are in it may be older. */
  private finished: string | null = null;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private readonly microphone: Microphone;
  private readonly attach: AttachRequests;

  constructor(private readonly parts: SessionParts) {
    this.microphone = new Microphone(parts.openMicrophone);
    this.attach = new AttachRequests(parts.askAttach);
    parts.port.listen((event) => {
      if (event.type === "invited") this.invited(event);
      else if (!("sessionId" in event) || event.sessionId !== this.id) return;
      else if (event.type === "established") this.established();
      else if (event.type === "ended") this.ended(event.lost);
      else if (event.type === "media") this.media(event.state === "connected");
    });
  }

  async answer(): Promise<void> {
    if (this.move("answer")) await this.connect();
  }

  reject(): void {
    if (this.state === "ringing" && this.id !== null) this.parts.port.reject(this.id, 603);
  }

  hangUp(): void {
    if (this.id !== null) this.parts.port.hangUp(this.id);
  }

  setMuted(muted: boolean): void {
    if (this.id === null || this.state === "ringing") return;
    this.muted = muted;
    this.parts.port.setMuted(this.id, muted);
    this.remember();
    this.parts.changed();
  }

  /** Use the chosen microphone from now on. */
  async changeMicrophone(): Promise<void> {
    if (this.id === null || !this.microphone.isOpen) return;
    await this.parts.port.replaceMicrophone(this.id, await this.microphone.open(this.muted));
  }

  /**
   * Take what the server knows: the call this agent is in, and whether the way to the agent is lost (`away`). Without
   * a session of our own this is how a reloaded page learns that it has to be found.
   */
  know(call: { id: string; away: boolean } | null): void {
    if (call === null) {
      if (this.state === "reattaching") this.over();
      return;
    }
    if (this.state !== "none" || call.id === this.finished) return;
    if (!call.away && this.parts.memory.read()?.callId !== call.id) return;
    this.callId = call.id;
    if (this.move("expected")) this.attach.start(call.id, ATTACH_AFTER_MS);
  }

  /** The line is up again: what we look for can be sent to us now. */
  lineIsBack(): void {
    if (this.state === "reattaching" && this.callId !== null) this.attach.start(this.callId, ATTACH_AFTER_MS / 2);
  }

  /** The phone leaves this browser; the server keeps the call. */
  forget(): void {
    this.settle();
    this.id = this.callId = this.from = null;
    this.muted = false;
    this.move("ended");
  }

  private invited({ sessionId, callId, auto, from }: Invitation): void {
    if (!this.move(auto ? "summoned" : "invited")) {
      this.parts.port.reject(sessionId, 486);
      return;
    }
    this.settle();
    this.replaced = this.id;
    this.id = sessionId;
    this.callId = callId;
    this.from = from;
    this.finished = null;
    const remembered = this.parts.memory.read();
    this.muted = remembered !== null && remembered.callId === callId && remembered.muted;
    this.parts.changed();
    if (auto) void this.connect();
  }

  private async connect(): Promise<void> {
    const id = this.id;
    try {
      const stream = await this.microphone.open(this.muted);
      if (id === null || id !== this.id) {
        this.microphone.close();
        return;
      }
      this.problem = null;
      this.parts.port.answer(id, stream);
      if (this.muted) this.parts.port.setMuted(id, true);
    } catch (error) {
      if (id !== this.id) return;
      this.problem = microphoneProblem(error);
      this.move("no_microphone");
    }
  }

  private established(): void {
    this.move("established");
    this.remember();
    if (this.replaced !== null) this.parts.port.hangUp(this.replaced);
    this.replaced = null;
  }

  private ended(lost: boolean): void {
    this.id = null;
    this.settle();
    if (lost && this.callId !== null && this.move("media_lost")) this.attach.start(this.callId, 0);
    else if (this.state !== "reattaching") this.over();
  }

  private over(): void {
    this.finished = this.callId;
    this.parts.memory.write(null);
    this.forget();
  }

  private media(connected: boolean): void {
    clearTimeout(this.patience);
    if (connected) {
      if (this.move("media_back")) this.attach.stop();
      return;
    }
    this.patience = setTimeout(() => {
      if (this.callId !== null && this.move("media_lost")) this.attach.start(this.callId, 0);
    }, MEDIA_PATIENCE_MS);
  }

  private settle(): void {
    clearTimeout(this.patience);
    this.attach.stop();
    this.microphone.close();
  }

  private remember(): void {
    if (this.callId !== null) this.parts.memory.write({ callId: this.callId, muted: this.muted });
  }

  private move(event: SessionEvent): boolean {
    const state = next(SESSION, this.state, event);
    if (state === null) return false;
    this.state = state;
    this.since = Date.now();
    this.parts.changed();
    return true;
  }
}
