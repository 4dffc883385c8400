import { UA } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRequest } from "jssip/lib/SIPMessage";

import { JsSipCall, readInvitation } from "./jssip-call";
import type { PhoneEvent, PhonePort, RejectCode, SipCredentials } from "./phone-port";
import { SipSocket } from "./sip-socket";

const REGISTER_EXPIRES_S = 120;

/** A phone made of JsSIP and the browser's WebRTC. */
export class JsSipPhone implements PhonePort {
  private ua: UA | null = null;
  private socket: SipSocket | null = null;
  private refused = false;
  private readonly calls = new Map<string, JsSipCall>();
  private readonly listeners = new Set<(event: PhoneEvent) => void>();

  listen(listener: (event: PhoneEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  start({ websocket_path, ...account }: SipCredentials): void {
    this.leave();
    const socket = new SipSocket(new URL(websocket_path, location.href.replace(/^http/, "ws")).href);
    const ua = new UA({
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- anything of this shape will do
      sockets: [socket],
      uri: account.uri,
      authorization_user: account.authorization_user,
      password: account.password,
      display_name: account.display_name,
      register_expires: REGISTER_EXPIRES_S,
      // JsSIP ends a call whose refresh fails, and a refresh fails while the WebSocket is away. The server knows from
      // the sound whether a browser is still there.
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
    });
    this.socket = socket;
    this.ua = ua;
    this.follow(ua);
    ua.start();
  }

  renew({ authorization_user, password, display_name }: SipCredentials): void {
    this.ua?.set("authorization_user", authorization_user);
    this.ua?.set("password", password);
    this.ua?.set("display_name", display_name);
    if (this.refused) this.ua?.register();
  }

  check(): void {
    this.socket?.check();
  }

  answer(sessionId: string, microphone: MediaStream): void {
    this.calls.get(sessionId)?.answer(microphone);
  }

  reject(sessionId: string, code: RejectCode): void {
    this.calls.get(sessionId)?.reject(code);
  }

  hangUp(sessionId: string): void {
    this.calls.get(sessionId)?.hangUp();
  }

  setMuted(sessionId: string, muted: boolean): void {
    this.calls.get(sessionId)?.setMuted(muted);
  }

  sendKeys(sessionId: string, keys: string): boolean {
    return this.calls.get(sessionId)?.sendKeys(keys) ?? false;
  }

  async replaceMicrophone(sessionId: string, microphone: MediaStream): Promise<void> {
    await this.calls.get(sessionId)?.replaceMicrophone(microphone);
  }

  async statistics(sessionId: string): Promise<RTCStatsReport | null> {
    return (await this.calls.get(sessionId)?.statistics()) ?? null;
  }

  leave(): void {
    // JsSIP ends all calls when it stops. Nothing of that may reach the server, which keeps them for whoever comes next.
    this.socket?.fallSilent();
    this.ua?.removeAllListeners();
    this.ua?.stop();
    this.socket?.disconnect();
    this.calls.clear();
    this.ua = this.socket = null;
  }

  private follow(ua: UA): void {
    ua.on("registered", () => {
      this.refused = false;
      this.tell({ type: "registered" });
    });
    ua.on("disconnected", () => {
      this.tell({ type: "disconnected" });
    });
    ua.on("registrationFailed", ({ response }) => {
      // Without an answer JsSIP hands over null, and tells of the lost connection by itself.
      const status = (response as { status_code: number } | null)?.status_code ?? 0;
      if (status < 400) return;
      this.refused = true;
      this.tell({ type: "registration_refused", status });
    });
    ua.on("newRTCSession", (event: { originator: string; session: RTCSession; request: unknown }) => {
      if (event.originator === "remote") this.take(event.session, event.request as IncomingRequest);
    });
  }

  private take(session: RTCSession, request: IncomingRequest): void {
    const call = new JsSipCall(session, (event) => {
      if (event.type === "ended") this.calls.delete(event.sessionId);
      this.tell(event);
    });
    this.calls.set(call.id, call);
    this.tell({ type: "invited", ...readInvitation(session, request) });
  }

  private tell(event: PhoneEvent): void {
    this.listeners.forEach((listener) => {
      listener(event);
    });
  }
}
