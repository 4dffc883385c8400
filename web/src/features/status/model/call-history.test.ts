import { describe, expect, it } from "vitest";

import { addSample, linePoints, type Sample } from "./call-history";

describe("addSample", () => {
  it("keeps two minutes", () => {
    const history: Sample[] = [
      { at: 0, calls: 1 },
      { at: 2000, calls: 2 },
    ];
    expect(addSample(history, { at: 121_000, calls: 3 })).toEqual([
      { at: 2000, calls: 2 },
      { at: 121_000, calls: 3 },
    ]);
  });

  it("starts again when the clock was set back", () => {
    expect(addSample([{ at: 9000, calls: 1 }], { at: 5000, calls: 0 })).toEqual([{ at: 5000, calls: 0 }]);
  });
});

describe("linePoints", () => {
  it("ends at the right edge and scales to the highest value", () => {
    const history = [
      { at: 0, calls: 0 },
      { at: 60_000, calls: 4 },
      { at: 120_000, calls: 2 },
    ];
    expect(linePoints(history, 100, 40)).toBe("0,40 50,0 100,20");
  });

  it("starts in the middle while it knows little", () => {
    const history = [
      { at: 0, calls: 1 },
      { at: 15_000, calls: 1 },
    ];
    expect(linePoints(history, 100, 40)).toBe("50,0 100,0");
  });

  it("draws silence at the bottom", () => {
    expect(linePoints([{ at: 7, calls: 0 }], 100, 40)).toBe("100,40");
    expect(linePoints([], 100, 40)).toBe("");
  });
});
