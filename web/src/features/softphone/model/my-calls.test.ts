import { describe, expect, it } from "vitest";

import { QUIET } from "../phone/snapshot";
import { customerPart, fakeAgent, fakeCall, ME, myPartOf } from "../testing/fake-call";
import { callState } from "./call-state";
import { targetOf, typedNumber, withTyped } from "./directory";
import { initials } from "./initials";
import { otherName, pickMyCalls } from "./my-calls";
import { phoneNotices } from "./phone-notices";
import { phoneStatus } from "./phone-status";

const TALKING = { ...QUIET, line: "registered", session: "talking", callId: "c1" } as const;

describe("my calls", () => {
  it("are those I ring in and those I am in, not those of others", () => {
    const mine = fakeCall();
    const rings = fakeCall({ id: "c2", participants: [customerPart(), myPartOf({ state: "ringing" })] });
    const foreign = fakeCall({ id: "c3", participants: [customerPart(), myPartOf({ agent_id: "other" })] });
    expect(pickMyCalls([foreign, mine, rings], ME)).toEqual({ ringing: rings, current: mine });
    expect(pickMyCalls([foreign], ME)).toEqual({ ringing: null, current: null });
  });

  it("name the other side by what is known best", () => {
    expect(otherName(fakeCall(), ME)).toBe("Trần Văn Minh");
    const unknown = fakeCall({ customer: null, from_name: "MINH", participants: [customerPart({ name: "" })] });
    expect(otherName(unknown, ME)).toBe("MINH");
  });

  it.each([
    [fakeCall(), TALKING, "talking"],
    [fakeCall({ actions: ["resume"] }), TALKING, "held"],
    [fakeCall(), { ...TALKING, session: "reattaching" } as const, "reattaching"],
    [fakeCall(), QUIET, "elsewhere"],
    [fakeCall({ consult: { leg_id: "x", target_label: "Huy", state: "ringing" } }), TALKING, "consulting"],
    [fakeCall({ direction: "outbound", participants: [customerPart({ state: "ringing" })] }), TALKING, "calling"],
  ] as const)("say what they go through (%#)", (call, phone, state) => {
    expect(callState(call, phone, ME)).toBe(state);
  });
});

describe("the phone in words", () => {
  it("is ready only when it can be rung", () => {
    expect(phoneStatus({ ...QUIET, line: "registered" }, fakeAgent()).text).toBe("ready");
    expect(phoneStatus({ ...QUIET, line: "taken_over" }, fakeAgent()).text).toBe("takenOver");
    expect(phoneStatus(QUIET, fakeAgent()).text).toBe("otherPhone");
    expect(phoneStatus(QUIET, fakeAgent({ registered: false })).text).toBe("connecting");
  });

  it("offers what solves a problem", () => {
    expect(phoneNotices({ ...QUIET, line: "taken_over" })).toEqual([
      { text: "takenOver", tone: "warning", action: "take_back" },
    ]);
    expect(
      phoneNotices({ ...TALKING, soundBlocked: true, problem: "microphone_denied" }).map(({ text }) => text),
    ).toEqual(["microphone_denied", "soundBlocked"]);
    expect(phoneNotices(TALKING)).toEqual([]);
  });
});

describe("whom a call can go to", () => {
  it.each([
    ["0912 345 678", "0912345678"],
    ["+84 (24) 7300.1234", "+842473001234"],
    ["102", "102"],
    ["Huy", null],
    ["1", null],
  ])("reads %s as %s", (text, number) => {
    expect(typedNumber(text)).toBe(number);
  });

  it("takes short numbers for phones of ours, and never offers oneself", () => {
    expect(targetOf("102").kind).toBe("extension");
    expect(targetOf("0912345678").kind).toBe("number");
    const me = { kind: "agent", value: ME, label: "Lan", detail: "", presence: null } as const;
    expect(withTyped([me], "0912345678", ME).map(({ value }) => value)).toEqual(["0912345678"]);
  });

  it("shortens names to letters", () => {
    expect(["Trần Văn Minh", "Lan", "0912 345", ""].map(initials)).toEqual(["TM", "L", "", ""]);
  });
});
