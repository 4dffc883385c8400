import { describe, expect, it } from "vitest";

import { formatClock } from "@/shared/format/clock";
import { formatWhen } from "@/shared/format/date-time";
import { formatPhone } from "@/shared/format/phone-number";

it.each([
  [7.9, "0:07"],
  [750, "12:30"],
  [3909, "1:05:09"],
  [-3, "0:00"],
])("shows %d s as %s", (seconds, text) => {
  expect(formatClock(seconds)).toBe(text);
});

describe("formatWhen", () => {
  const now = new Date(2026, 2, 1, 18, 0).getTime();

  it("leaves the day out when it is today's", () => {
    expect(formatWhen(new Date(2026, 2, 1, 14, 5).toISOString(), "en", now)).toBe("14:05");
  });

  it("names the day, and the year when it is another", () => {
    expect(formatWhen(new Date(2026, 1, 28, 14, 5).toISOString(), "en", now)).toBe("28 Feb, 14:05");
    expect(formatWhen(new Date(2025, 1, 28, 14, 5).toISOString(), "en", now)).toBe("28 Feb 2025, 14:05");
  });
});

it.each([
  ["+84912345678", "0912 345 678"],
  ["0912345678", "0912 345 678"],
  ["+842438251234", "024 3825 1234"],
  ["19001234", "1900 1234"],
  ["1001", "1001"],
  ["+14155550100", "+14155550100"],
])("writes %s as %s", (number, text) => {
  expect(formatPhone(number)).toBe(text);
});
