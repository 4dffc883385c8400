import type { Invitation, PhoneEvent, PhonePort, RejectCode, SipCredentials } from "../phone/phone-port";

/** Stands in for JsSIP: tell it what happens, see what was asked of it. */
export class FakePhone implements PhonePort {
  started: SipCredentials[] = [];
  renewed: SipCredentials[] = [];
  /** Everything asked about calls, oldest first: "answer s1", "reject s1 486", … */
  asked: string[] = [];
  left = 0;
  checked = 0;
  carriesKeys = true;
  report: RTCStatsReport | null = null;
  private readonly listeners = new Set<(event: PhoneEvent) => void>();

  emit(event: PhoneEvent): void {
    this.listeners.forEach((listener) => {
      listener(event);
    });
  }

  invite(invitation: Partial<Invitation> = {}): void {
    const from = { name: "Minh", number: "0912345678" };
    this.emit({ type: "invited", sessionId: "s1", callId: "c1", auto: false, from, ...invitation });
  }

  listen(listener: (event: PhoneEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  start(credentials: SipCredentials): void {
    this.started.push(credentials);
  }

  renew(credentials: SipCredentials): void {
    this.renewed.push(credentials);
  }

  check(): void {
    this.checked += 1;
  }

  answer(sessionId: string): void {
    this.asked.push(`answer ${sessionId}`);
  }

  reject(sessionId: string, code: RejectCode): void {
    this.asked.push(`reject ${sessionId} ${code}`);
  }

  hangUp(sessionId: string): void {
    this.asked.push(`hang up ${sessionId}`);
  }

  setMuted(sessionId: string, muted: boolean): void {
    this.asked.push(`${muted ? "mute" : "unmute"} ${sessionId}`);
  }

  sendKeys(sessionId: string, keys: string): boolean {
    if (this.carriesKeys) this.asked.push(`keys ${sessionId} ${keys}`);
    return this.carriesKeys;
  }

  replaceMicrophone(sessionId: string): Promise<void> {
    this.asked.push(`microphone ${sessionId}`);
    return Promise.resolve();
  }

  statistics(): Promise<RTCStatsReport | null> {
    return Promise.resolve(this.report);
  }

  leave(): void {
    this.left += 1;
  }
}
