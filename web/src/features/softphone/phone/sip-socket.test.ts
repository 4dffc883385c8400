import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { SipSocket } from "./sip-socket";

class FakeWebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static made: FakeWebSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onclose: ((event: { wasClean: boolean; code: number; reason: string }) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeWebSocket.made.push(this);
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  drop(): void {
    this.readyState = 3;
    this.onclose?.({ wasClean: false, code: 1006, reason: "" });
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }
}

function open() {
  const socket = new SipSocket("wss://shop.example/sip", () => 0.5);
  const events: string[] = [];
  socket.onconnect = () => events.push("connect");
  socket.ondisconnect = () => events.push("disconnect");
  socket.ondata = (data) => events.push(String(data));
  socket.connect();
  vi.advanceTimersByTime(0);
  const [web] = FakeWebSocket.made;
  if (web === undefined) throw new Error("no WebSocket was opened");
  web.open();
  return { socket, events, web };
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.made = [];
  vi.stubGlobal("WebSocket", FakeWebSocket);
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the socket below JsSIP", () => {
  it("speaks SIP at once, and passes messages on", () => {
    const { socket, events, web } = open();
    expect([web.url, web.protocol, socket.via_transport]).toEqual(["wss://shop.example/sip", "sip", "WSS"]);
    web.onmessage?.({ data: "SIP/2.0 200 OK" });
    expect(events).toEqual(["connect", "SIP/2.0 200 OK"]);
    expect(socket.send("REGISTER")).toBe(true);
    expect(web.sent.at(-1)).toBe("REGISTER");
  });

  it("spreads reconnections", () => {
    const { socket, events, web } = open();
    web.drop();
    expect(events).toEqual(["connect", "disconnect"]);
    socket.connect();
    vi.advanceTimersByTime(490);
    expect(FakeWebSocket.made).toHaveLength(1);
    vi.advanceTimersByTime(20);
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  it("notices a connection that died without a word", () => {
    const { events, web } = open();
    web.onmessage?.({ data: "\r\n" });
    vi.advanceTimersByTime(10_000);
    expect(web.sent.filter((text) => text === "\r\n\r\n")).toHaveLength(2);
    vi.advanceTimersByTime(3900);
    expect(events).toEqual(["connect"]);
    vi.advanceTimersByTime(200);
    expect(events).toEqual(["connect", "disconnect"]);
    expect(web.closed).toBe(true);
  });

  it("trusts a server that answers no keep-alives", () => {
    const { events } = open();
    vi.advanceTimersByTime(120_000);
    expect(events).toEqual(["connect"]);
  });

  it("says nothing once it fell silent", () => {
    const { socket, web } = open();
    const before = web.sent.length;
    socket.fallSilent();
    expect(socket.send("BYE")).toBe(true);
    expect(web.sent).toHaveLength(before);
  });
});
