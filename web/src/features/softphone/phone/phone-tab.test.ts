import { afterEach, describe, expect, it, vi } from "vitest";

import { FakeLocks } from "../testing/fake-locks";
import { PhoneTab } from "./phone-tab";
import { QUIET, type PhoneAction } from "./snapshot";

const RINGING = { ...QUIET, line: "registered", session: "ringing", callId: "c1" } as const;

const opened: PhoneTab[] = [];

function open(locks: FakeLocks) {
  const performed: PhoneAction[] = [];
  const elected = vi.fn();
  const tab = new PhoneTab({
    name: "callcenter.phone.test",
    elected,
    perform: (action) => performed.push(action),
    locks: locks as unknown as LockManager,
  });
  opened.push(tab);
  return { tab, performed, elected };
}

afterEach(() => {
  opened.splice(0).forEach((tab) => {
    tab.close();
  });
});

describe("the tabs of one browser", () => {
  it("elect the first, and the next in the moment it closes", async () => {
    const locks = new FakeLocks();
    const [first, second, third] = [open(locks), open(locks), open(locks)];
    await vi.waitFor(() => {
      expect(first.tab.isPhone).toBe(true);
    });
    expect([second.tab.isPhone, third.tab.isPhone]).toEqual([false, false]);
    first.tab.close();
    await vi.waitFor(() => {
      expect(second.tab.isPhone).toBe(true);
    });
    expect(second.elected).toHaveBeenCalledTimes(1);
    expect(third.elected).not.toHaveBeenCalled();
  });

  it("show what the phone does, also those opened later", async () => {
    const locks = new FakeLocks();
    const [first, second] = [open(locks), open(locks)];
    await vi.waitFor(() => {
      expect(first.tab.isPhone).toBe(true);
    });
    first.tab.publish(RINGING);
    await vi.waitFor(() => {
      expect(second.tab.snapshot).toEqual(RINGING);
    });
    const late = open(locks);
    await vi.waitFor(() => {
      expect(late.tab.snapshot).toEqual(RINGING);
    });
  });

  it("pass on what is asked of them", async () => {
    const locks = new FakeLocks();
    const [first, second] = [open(locks), open(locks)];
    await vi.waitFor(() => {
      expect(first.tab.isPhone).toBe(true);
    });
    second.tab.act({ type: "answer" });
    first.tab.act({ type: "mute", muted: true });
    await vi.waitFor(() => {
      expect(first.performed).toEqual(expect.arrayContaining([{ type: "answer" }, { type: "mute", muted: true }]));
    });
    expect(second.performed).toEqual([]);
  });

  it("do not elect one that has closed while it waited", async () => {
    const locks = new FakeLocks();
    const [first, second] = [open(locks), open(locks)];
    await vi.waitFor(() => {
      expect(first.tab.isPhone).toBe(true);
    });
    second.tab.close();
    first.tab.close();
    await Promise.resolve();
    expect(second.elected).not.toHaveBeenCalled();
  });
});
