import { describe, expect, it } from "vitest";

import { judge, readCounters, type Counters } from "./quality";

const START: Counters = { received: 1000, lost: 10, jitterMs: 2, rttMs: 20 };

function later(more: Partial<Counters>): Counters {
  return { ...START, received: 1100, ...more };
}

describe("the quality meter", () => {
  it.each([
    ["a good line", later({}), "excellent"],
    ["some jitter and loss", later({ jitterMs: 25, lost: 12, rttMs: 90 }), "good"],
    ["noticeable loss", later({ received: 1095, lost: 15 }), "good"],
    ["a lot of loss", later({ received: 1092, lost: 18 }), "fair"],
    ["losing a fifth", later({ received: 1080, lost: 30 }), "poor"],
    ["a long way", later({ rttMs: 700 }), "fair"],
    ["nothing", later({ received: 1000 }), "silent"],
  ])("judges %s", (_, now, level) => {
    expect(judge(START, now).level).toBe(level);
  });

  it("counts the loss of the last seconds only", () => {
    expect(judge({ ...START, lost: 500 }, later({ lost: 500 })).lossPercent).toBe(0);
    expect(judge(START, later({ received: 1090, lost: 20 })).lossPercent).toBe(10);
  });

  it("reads the browser's statistics", () => {
    const report = new Map<string, object>([
      ["a", { type: "inbound-rtp", kind: "audio", packetsReceived: 50, packetsLost: 1, jitter: 0.004 }],
      ["b", { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.03 }],
    ]);
    expect(readCounters(report)).toEqual({ received: 50, lost: 1, jitterMs: 4, rttMs: 30 });
    report.set("c", { type: "remote-inbound-rtp", roundTripTime: 0.05 });
    expect(readCounters(report)?.rttMs).toBe(50);
    report.delete("a");
    expect(readCounters(report)).toBeNull();
  });
});
