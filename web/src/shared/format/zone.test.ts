import { afterEach, describe, expect, it } from "vitest";

import { formatDay, formatExact, formatWhen } from "./date-time";
import { dayInZone, inZone, setZone } from "./zone";

const BROWSERS = Intl.DateTimeFormat().resolvedOptions().timeZone;

afterEach(() => {
  setZone(BROWSERS);
});

describe("times in the call center's zone", () => {
  it("are shown with its clock and its day", () => {
    setZone("Asia/Ho_Chi_Minh");
    const at = "2026-03-14T18:30:00Z";
    expect(formatWhen(at, "en", Date.parse("2026-03-14T20:00:00Z"))).toBe("01:30");
    expect(formatWhen(at, "en", Date.parse("2026-03-14T16:00:00Z"))).toBe("15 Mar, 01:30");
    expect(formatDay(at, "en")).toBe("15 March");
    expect(formatExact(at, "en")).toBe("15 March 2026 at 01:30:00");
  });

  it("are read in it, also around a change of daylight saving time", () => {
    setZone("Asia/Ho_Chi_Minh");
    expect(inZone(2026, 2, 15).toISOString()).toBe("2026-03-14T17:00:00.000Z");
    expect(inZone(2026, 2, 0).toISOString()).toBe("2026-02-27T17:00:00.000Z");
    expect(dayInZone(new Date("2026-12-31T17:00:00.000Z"))).toEqual({ year: 2027, month: 0, day: 1 });
    setZone("Europe/Berlin");
    expect(inZone(2026, 2, 29).toISOString()).toBe("2026-03-28T23:00:00.000Z");
    expect(inZone(2026, 2, 30).toISOString()).toBe("2026-03-29T22:00:00.000Z");
  });
});
