import type { Socket } from "jssip";

const KEEP_ALIVE_EVERY_MS = 10_000;
const KEEP_ALIVE_PATIENCE_MS = 4000;
const PING = "\r\n\r\n";

/** Spread reconnections of many browsers after the server was away over this time, on top of JsSIP's own steps. */
const SPREAD_MS = 1000;

function ignore(): void {
  return;
}

/**
 * The WebSocket below JsSIP (RFC 7118), with what its own one lacks: it notices a connection that died without a word
 * (keep-alives of RFC 5626 §3.5.1), does not reconnect in step with 150 others, and can fall silent, so that a phone
 * that leaves ends none of its calls.
 */
export class SipSocket implements Socket {
  via_transport: string;
  readonly sip_uri: string;
  private socket: WebSocket | null = null;
  private silent = false;
  private opened = false;
  private answersKeepAlives = false;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private beat: ReturnType<typeof setInterval> | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly url: string,
    private readonly random: () => number = Math.random,
  ) {
    const { protocol, host } = new URL(url);
    this.via_transport = protocol === "wss:" ? "WSS" : "WS";
    this.sip_uri = `sip:${host};transport=ws`;
  }

  // JsSIP puts its own functions here.
  onconnect: Socket["onconnect"] = ignore;
  ondisconnect: Socket["ondisconnect"] = ignore;
  ondata: Socket["ondata"] = ignore;

  connect(): void {
    clearTimeout(this.waiting);
    // The first time at once: somebody who reloaded in a call waits for it.
    const pause = this.opened ? this.random() * SPREAD_MS : 0;
    this.waiting = setTimeout(() => {
      this.open();
    }, pause);
  }

  disconnect(): void {
    clearTimeout(this.waiting);
    this.close();
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (this.silent) return true;
    if (!this.isConnected()) return false;
    this.socket?.send(message);
    return true;
  }

  isConnected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.socket?.readyState === WebSocket.CONNECTING;
  }

  /** Send nothing any more, whatever JsSIP wants to say. */
  fallSilent(): void {
    this.silent = true;
  }

  /** Find out now whether the other side is still there. */
  check(): void {
    if (!this.isConnected() || !this.answersKeepAlives || this.patience !== undefined) return;
    this.send(PING);
    this.patience = setTimeout(() => {
      this.lose();
    }, KEEP_ALIVE_PATIENCE_MS);
  }

  private open(): void {
    this.close();
    const socket = new WebSocket(this.url, "sip");
    this.socket = socket;
    socket.onopen = () => {
      this.opened = true;
      this.send(PING);
      this.beat = setInterval(() => {
        if (this.answersKeepAlives) this.check();
        else this.send(PING);
      }, KEEP_ALIVE_EVERY_MS);
      this.onconnect();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      clearTimeout(this.patience);
      this.patience = undefined;
      if (data === "\r\n") this.answersKeepAlives = true;
      else this.ondata(data);
    };
    socket.onclose = ({ wasClean, code, reason }) => {
      this.close();
      this.ondisconnect(!wasClean, code, reason);
    };
  }

  private lose(): void {
    this.close();
    this.ondisconnect(true, 1006, "no answer to a keep-alive");
  }

  private close(): void {
    clearInterval(this.beat);
    clearTimeout(this.patience);
    this.patience = undefined;
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
