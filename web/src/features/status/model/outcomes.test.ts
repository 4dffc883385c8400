import { describe, expect, it } from "vitest";

import { outcomeBars, totalCalls } from "./outcomes";

describe("outcomeBars", () => {
  it("keeps its ten lines before the first call", () => {
    const bars = outcomeBars({});
    expect(bars).toHaveLength(10);
    expect(bars.every(({ count, share, length }) => count === 0 && share === 0 && length === 0)).toBe(true);
  });

  it("measures bars by the most frequent outcome and shares by all calls", () => {
    const bars = outcomeBars({ answered: 6, abandoned: 3, busy: 1 }).filter(({ count }) => count > 0);
    expect(bars.map(({ outcome, share, length }) => [outcome, share, length])).toEqual([
      ["answered", 0.6, 1],
      ["abandoned", 0.3, 0.5],
      ["busy", 0.1, 1 / 6],
    ]);
  });

  it("does not hide an outcome it does not know", () => {
    expect(outcomeBars({ transferred: 2 }).at(-1)).toEqual({
      outcome: "transferred",
      known: null,
      tone: "neutral",
      count: 2,
      share: 1,
      length: 1,
    });
  });
});

it("adds up all calls", () => {
  expect(totalCalls({ answered: 6, abandoned: 3 })).toBe(9);
});
