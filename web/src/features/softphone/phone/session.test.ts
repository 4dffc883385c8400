import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fakeMicrophone, FakeTrack, refusedMicrophone } from "../testing/fake-microphone";
import { FakePhone } from "../testing/fake-phone";
import { Session } from "./session";
import type { RememberedSession } from "./session-memory";

function open(remembered: RememberedSession | null = null) {
  const port = new FakePhone();
  const tracks: FakeTrack[] = [];
  const kept = { value: remembered };
  const attached: string[] = [];
  const openMicrophone = vi.fn(() => {
    const track = new FakeTrack();
    tracks.push(track);
    return Promise.resolve(fakeMicrophone(track));
  });
  const session = new Session({
    port,
    openMicrophone,
    memory: {
      read: () => kept.value,
      write: (value) => {
        kept.value = value;
      },
    },
    askAttach: (callId) => {
      attached.push(callId);
      return Promise.reject(new Error("not yet"));
    },
    changed: () => undefined,
  });
  return { port, session, tracks, kept, attached, openMicrophone };
}

async function talking(opened = open()) {
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

describe("a call", () => {
  it("rings, is answered with an open microphone, and ends with a closed one", async () => {
    const { port, session, tracks } = open();
    port.invite();
    expect([session.state, session.callId, session.from?.name]).toEqual(["ringing", "c1", "Minh"]);
    expect(tracks).toHaveLength(0);
    await session.answer();
    port.emit({ type: "established", sessionId: "s1" });
    expect(session.state).toBe("talking");
    port.emit({ type: "ended", sessionId: "s1", lost: false });
    expect([session.state, session.callId]).toEqual(["none", null]);
    expect(tracks.map(({ stopped }) => stopped)).toEqual([true]);
    expect(port.asked).toEqual(["answer s1"]);
  });

  it("is rejected as busy, also when another one runs", async () => {
    const first = open();
    first.port.invite();
    first.session.reject();
    expect(first.port.asked).toEqual(["reject s1 603"]);
    const { port, session } = await talking();
    port.invite({ sessionId: "s2", callId: "c2" });
    expect(port.asked).toEqual(["answer s1", "reject s2 486"]);
    expect(session.id).toBe("s1");
  });

  it("goes on ringing when the microphone is not allowed", async () => {
    const { port, session, openMicrophone } = open();
    openMicrophone.mockImplementation(() => refusedMicrophone("NotAllowedError"));
    port.invite();
    await session.answer();
    expect([session.state, session.problem]).toEqual(["ringing", "microphone_denied"]);
    openMicrophone.mockImplementation(() => Promise.resolve(fakeMicrophone()));
    await session.answer();
    expect([session.state, session.problem, port.asked]).toEqual(["answering", null, ["answer s1"]]);
  });

  it("that ended while the microphone opened leaves nothing open", async () => {
    const { port, session, tracks } = open();
    port.invite();
    const answering = session.answer();
    port.emit({ type: "ended", sessionId: "s1", lost: false });
    await answering;
    expect(port.asked).toEqual([]);
    expect(tracks.map(({ stopped }) => stopped)).toEqual([true]);
  });
});
