import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Problem, Unreachable } from "@/shared/api/problem";

import { FakePhone } from "../testing/fake-phone";
import { Line } from "./line";
import type { SipCredentials } from "./phone-port";

function credentials(lifetimeS = 600): SipCredentials {
  return {
    uri: "sip:1001@shop",
    authorization_user: "1001",
    password: "secret",
    websocket_path: "/sip",
    expires_at: new Date(Date.now() + lifetimeS * 1000).toISOString(),
    display_name: "Lan",
  };
}

function open(askCredentials = vi.fn(() => Promise.resolve(credentials()))) {
  const port = new FakePhone();
  const states: string[] = [];
  const line = new Line({ port, askCredentials, changed: (state) => states.push(state), random: () => 0.5 });
  return { port, line, states, askCredentials };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the line", () => {
  it("registers, and reports loss and return", async () => {
    const { port, line, states } = open();
    line.start();
    await vi.advanceTimersByTimeAsync(0);
    port.emit({ type: "registered" });
    port.emit({ type: "disconnected" });
    port.emit({ type: "registered" });
    expect(states).toEqual(["connecting", "registered", "reconnecting", "registered"]);
    expect(port.started).toHaveLength(1);
  });

  it("renews its password before it ends, on the same connection", async () => {
    const { port, line, askCredentials } = open();
    line.start();
    await vi.advanceTimersByTimeAsync(479_000);
    expect(askCredentials).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(port.renewed).toHaveLength(1);
    expect(port.started).toHaveLength(1);
  });

  it("gets a new password when the registrar refuses the old one", async () => {
    const { port, line } = open();
    line.start();
    await vi.advanceTimersByTimeAsync(0);
    port.emit({ type: "registration_refused", status: 403 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(port.renewed).toHaveLength(1);
  });

  it("tries again with growing pauses of at most four seconds while the server is away", async () => {
    const asked: number[] = [];
    const start = Date.now();
    const { line, states } = open(
      vi.fn(() => {
        asked.push((Date.now() - start) / 1000);
        return Promise.reject(new Unreachable("away"));
      }),
    );
    line.start();
    await vi.advanceTimersByTimeAsync(16_000);
    expect(asked).toEqual([0, 1, 3, 7, 11, 15]);
    expect(states).toEqual(["connecting"]);
  });

  it("does not ask again when it is refused for good, until somebody wants it", async () => {
    const { port, line, states, askCredentials } = open(
      vi.fn(() => Promise.reject(new Problem(409, "no-extension", ""))),
    );
    line.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(askCredentials).toHaveBeenCalledTimes(1);
    expect(states).toEqual(["connecting", "refused"]);
    expect(port.left).toBe(1);
    line.start();
    expect(askCredentials).toHaveBeenCalledTimes(2);
  });

  it("leaves without a word when another computer takes over, and comes back when asked", async () => {
    const { port, line, states } = open();
    line.start();
    await vi.advanceTimersByTimeAsync(0);
    port.emit({ type: "registered" });
    line.takenOver();
    expect(port.left).toBe(1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(port.started).toHaveLength(1);
    line.takeBack();
    await vi.advanceTimersByTimeAsync(0);
    expect(port.started).toHaveLength(2);
    expect(states).toEqual(["connecting", "registered", "taken_over", "connecting"]);
  });

  it("ignores a password that comes after it was stopped", async () => {
    const { port, line } = open();
    line.start();
    line.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(port.started).toHaveLength(0);
  });
});
