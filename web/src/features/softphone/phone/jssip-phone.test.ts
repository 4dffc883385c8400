import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { JsSipPhone } from "./jssip-phone";
import type { PhoneEvent } from "./phone-port";

/** The server's end of a WebSocket, with JsSIP itself at the other. */
class ServerSide {
  static last: ServerSide | null = null;
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readyState = 0;
  received: string[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;

  constructor() {
    ServerSide.last = this;
    queueMicrotask(() => {
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(text: string): void {
    this.received.push(text);
    if (text.startsWith("REGISTER")) this.say(accept(text));
  }

  say(text: string): void {
    this.onmessage?.({ data: text });
  }

  close(): void {
    this.readyState = 3;
  }

  methods(): string[] {
    return this.received.map((text) => text.split(" ")[0] ?? "").filter((word) => /^[A-Z]+$/.test(word));
  }
}

function header(message: string, name: string): string {
  return new RegExp(`^${name}: *(.*)$`, "im").exec(message)?.[1]?.trim() ?? "";
}

function accept(register: string): string {
  const copied = ["Via", "From", "Call-ID", "CSeq", "Contact"].map((name) => `${name}: ${header(register, name)}`);
  return ["SIP/2.0 200 OK", ...copied, `To: ${header(register, "To")};tag=x`, "Content-Length: 0", "", ""].join("\r\n");
}

function invite(register: string): string {
  const target = /<([^>]+)>/.exec(header(register, "Contact"))?.[1] ?? "";
  const sdp = [
    "v=0",
    "o=- 1 1 IN IP4 192.0.2.1",
    "s=-",
    "c=IN IP4 192.0.2.1",
    "t=0 0",
    "m=audio 4000 RTP/AVP 0",
    "",
  ].join("\r\n");
  const lines = [
    `INVITE ${target} SIP/2.0`,
    "Via: SIP/2.0/WS shop.example;branch=z9hG4bK1",
    'From: "Minh" <sip:0912345678@shop>;tag=a',
    "To: <sip:1001@shop>",
    "Call-ID: call-1",
    "CSeq: 1 INVITE",
    "Contact: <sip:shop.example;transport=ws>",
    "Max-Forwards: 70",
    "X-Callcenter-Call: c1",
    "Answer-Mode: Auto",
    "Content-Type: application/sdp",
  ];
  return [...lines, `Content-Length: ${sdp.length}`, "", sdp].join("\r\n");
}

async function rung() {
  const phone = new JsSipPhone();
  const events: PhoneEvent[] = [];
  phone.listen((event) => events.push(event));
  phone.start({
    uri: "sip:1001@shop",
    authorization_user: "1001",
    password: "secret",
    websocket_path: "/sip",
    expires_at: "2026-01-05T08:00:00Z",
    display_name: "Lan",
  });
  await vi.waitFor(() => {
    expect(events.map(({ type }) => type)).toContain("registered");
  });
  const server = ServerSide.last;
  if (server === null) throw new Error("JsSIP opened no WebSocket");
  server.say(invite(server.received.find((text) => text.startsWith("REGISTER")) ?? ""));
  await vi.waitFor(() => {
    expect(events.map(({ type }) => type)).toContain("invited");
  });
  return { phone, events, server };
}

beforeEach(() => {
  vi.stubGlobal("WebSocket", ServerSide);
  vi.stubGlobal("RTCPeerConnection", vi.fn());
});

let open: JsSipPhone | null = null;

afterEach(() => {
  open?.leave();
  open = null;
});

describe("the phone made of JsSIP", () => {
  it("reads the call and the wish to answer by itself from an INVITE", async () => {
    const { phone, events } = await rung();
    open = phone;
    expect(events.find(({ type }) => type === "invited")).toMatchObject({
      callId: "c1",
      auto: true,
      from: { name: "Minh", number: "0912345678" },
    });
  });

  it("says nothing to the server when the page unloads", async () => {
    const { phone, server } = await rung();
    open = phone;
    const before = server.received.length;
    for (const type of ["beforeunload", "pagehide", "unload"]) dispatchEvent(new Event(type));
    expect(server.received.slice(before)).toEqual([]);
  });

  it("leaves without ending its calls or its registration", async () => {
    const { phone, server } = await rung();
    const before = server.received.length;
    phone.leave();
    expect(server.received.slice(before)).toEqual([]);
    expect(server.readyState).toBe(3);
  });

  it("rejects as busy", async () => {
    const { phone, events, server } = await rung();
    open = phone;
    const invited = events.find(({ type }) => type === "invited");
    if (invited?.type !== "invited") throw new Error("not invited");
    phone.reject(invited.sessionId, 486);
    expect(server.received.at(-1)).toMatch(/^SIP\/2.0 486 /);
    expect(events.at(-1)).toMatchObject({ type: "ended", lost: false });
  });
});
