import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { fakeMicrophone } from "../testing/fake-microphone";
import { FakePhone } from "../testing/fake-phone";
import { Softphone } from "./softphone";

function open() {
  const port = new FakePhone();
  const askKeys = vi.fn(() => Promise.resolve());
  const askAttach = vi.fn(() => Promise.resolve());
  const softphone = new Softphone({
    port,
    askKeys,
    askAttach,
    speaker: { blocked: false, play: vi.fn(), stop: vi.fn(), watch: () => () => undefined },
    memory: { read: () => null, write: () => undefined },
    openMicrophone: () => Promise.resolve(fakeMicrophone()),
    askCredentials: () =>
      Promise.resolve({
        uri: "sip:1001@shop",
        authorization_user: "1001",
        password: "secret",
        websocket_path: "/sip",
        expires_at: new Date(Date.now() + 600_000).toISOString(),
        display_name: "Lan",
      }),
  });
  return { port, softphone, askKeys, askAttach };
}

async function registered() {
  const opened = open();
  opened.softphone.start();
  await vi.advanceTimersByTimeAsync(0);
  opened.port.emit({ type: "registered" });
  return opened;
}

async function talking() {
  const opened = await registered();
  opened.port.invite({ auto: true });
  await vi.advanceTimersByTimeAsync(0);
  opened.port.emit({ type: "established", sessionId: "s1" });
  return opened;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the softphone", () => {
  it("tells its watchers of changes, and only of changes", async () => {
    const { softphone, port } = await registered();
    const seen = vi.fn();
    softphone.watch(seen);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen).not.toHaveBeenCalled();
    port.invite();
    expect(seen).toHaveBeenCalled();
    expect(softphone.snapshot).toMatchObject({ line: "registered", session: "ringing", callId: "c1" });
  });

  it("goes on talking while the line is lost", async () => {
    const { softphone, port } = await talking();
    port.emit({ type: "disconnected" });
    expect(softphone.snapshot).toMatchObject({ line: "reconnecting", session: "talking" });
    expect(port.asked).toEqual(["answer s1"]);
  });

  it("sends keys with the sound, and by the server where that cannot be", async () => {
    const { softphone, port, askKeys } = await talking();
    softphone.act({ type: "keys", keys: "1" });
    port.carriesKeys = false;
    softphone.act({ type: "keys", keys: "2" });
    expect(port.asked).toContain("keys s1 1");
    expect(askKeys.mock.calls).toEqual([["c1", "2"]]);
  });

  it("answers when the server passes the wish on, but not another call", async () => {
    const { softphone, port } = await registered();
    port.invite();
    softphone.commandAnswer("c2");
    expect(softphone.snapshot.session).toBe("ringing");
    softphone.commandAnswer("c1");
    await vi.advanceTimersByTimeAsync(0);
    expect(port.asked).toEqual(["answer s1"]);
  });

  it("leaves its call to the other computer when that takes over", async () => {
    const { softphone, port } = await talking();
    softphone.takenOver();
    expect(softphone.snapshot).toMatchObject({ line: "taken_over", session: "none" });
    expect(port.asked).toEqual(["answer s1"]);
    expect(port.left).toBe(1);
  });

  it("looks for its call only when it can be rung, and at once when the line is back", async () => {
    const { softphone, port, askAttach } = open();
    softphone.start();
    softphone.know({ id: "c1", away: true });
    await vi.advanceTimersByTimeAsync(5000);
    expect(askAttach).not.toHaveBeenCalled();
    port.emit({ type: "registered" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(askAttach.mock.calls).toEqual([["c1"]]);
    port.emit({ type: "disconnected" });
    port.emit({ type: "registered" });
    await vi.advanceTimersByTimeAsync(500);
    expect(askAttach).toHaveBeenCalledTimes(2);
  });

  it("checks the connection when the network changes", async () => {
    const { softphone, port } = await registered();
    dispatchEvent(new Event("online"));
    expect(port.checked).toBe(1);
    softphone.stop();
    dispatchEvent(new Event("online"));
    expect([port.checked, port.left]).toEqual([1, 1]);
  });
});
