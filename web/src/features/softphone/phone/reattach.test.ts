import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fakeMicrophone, FakeTrack } from "../testing/fake-microphone";
import { FakePhone } from "../testing/fake-phone";
import { Session } from "./session";
import type { RememberedSession } from "./session-memory";

const HERE = { id: "c1", away: false };

function open(remembered: RememberedSession | null = null) {
  const port = new FakePhone();
  const track = new FakeTrack();
  const kept = { value: remembered };
  const askAttach = vi.fn<(callId: string) => Promise<never>>(() => Promise.reject(new Error("not yet")));
  const session = new Session({
    port,
    openMicrophone: () => Promise.resolve(fakeMicrophone(track)),
    memory: {
      read: () => kept.value,
      write: (value) => {
        kept.value = value;
      },
    },
    askAttach,
    changed: () => undefined,
  });
  return { port, session, track, kept, askAttach };
}

async function talking() {
  const opened = open();
  opened.port.invite();
  await opened.session.answer();
  opened.port.emit({ type: "established", sessionId: "s1" });
  return opened;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("after a reload", () => {
  it("waits for the call that was here and answers it by itself, muted as before", async () => {
    const { port, session, track } = open({ callId: "c1", muted: true });
    session.know(HERE);
    expect(session.state).toBe("reattaching");
    port.invite({ auto: true });
    await vi.advanceTimersByTimeAsync(0);
    port.emit({ type: "established", sessionId: "s1" });
    expect([session.state, session.muted, track.enabled]).toEqual(["talking", true, false]);
    expect(port.asked).toEqual(["answer s1", "mute s1"]);
  });

  it("asks for the call when the server does not ring, until it does", async () => {
    const { port, session, askAttach } = open({ callId: "c1", muted: false });
    session.know(HERE);
    await vi.advanceTimersByTimeAsync(900);
    expect(askAttach).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(3200);
    expect(askAttach.mock.calls).toEqual([["c1"], ["c1"]]);
    port.invite({ auto: true });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(askAttach).toHaveBeenCalledTimes(2);
  });

  it("stops waiting when the call is over", () => {
    const { session, kept } = open({ callId: "c1", muted: false });
    session.know(HERE);
    session.know(null);
    expect([session.state, kept.value]).toEqual(["none", null]);
  });

  it("leaves a call alone that a desk phone has, but takes one whose phone is gone", () => {
    const { session } = open();
    session.know(HERE);
    expect(session.state).toBe("none");
    session.know({ id: "c1", away: true });
    expect(session.state).toBe("reattaching");
  });
});

describe("in a call", () => {
  it("does not look for a call again that has just ended", async () => {
    const { port, session } = await talking();
    port.emit({ type: "ended", sessionId: "s1", lost: false });
    session.know(HERE);
    expect(session.state).toBe("none");
  });

  it("asks to be attached when the sound's way breaks, not for a short gap", async () => {
    const { port, session, askAttach } = await talking();
    port.emit({ type: "media", sessionId: "s1", state: "disconnected" });
    await vi.advanceTimersByTimeAsync(1000);
    port.emit({ type: "media", sessionId: "s1", state: "connected" });
    await vi.advanceTimersByTimeAsync(5000);
    expect([session.state, askAttach.mock.calls.length]).toEqual(["talking", 0]);
    port.emit({ type: "media", sessionId: "s1", state: "failed" });
    await vi.advanceTimersByTimeAsync(1600);
    expect([session.state, askAttach.mock.calls]).toEqual(["reattaching", [["c1"]]]);
  });

  it("lets go of the broken session only when the new one stands", async () => {
    const { port, session } = await talking();
    port.invite({ sessionId: "s2", auto: true });
    await vi.advanceTimersByTimeAsync(0);
    expect(port.asked).toEqual(["answer s1", "answer s2"]);
    port.emit({ type: "established", sessionId: "s2" });
    port.emit({ type: "ended", sessionId: "s1", lost: false });
    expect(port.asked.at(-1)).toBe("hang up s1");
    expect([session.state, session.id]).toEqual(["talking", "s2"]);
  });

  it("takes an end that nobody wanted for a lost way", async () => {
    const { port, session } = await talking();
    port.emit({ type: "ended", sessionId: "s1", lost: true });
    expect([session.state, session.callId]).toEqual(["reattaching", "c1"]);
  });
});
