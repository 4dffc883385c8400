import { describe, expect, it } from "vitest";

import { formatAgo, formatDuration } from "@/shared/format/duration";

describe("formatDuration", () => {
  it.each([
    [0, "0 seconds"],
    [59.9, "59 seconds"],
    [61, "1 minute 1 second"],
    [7200, "2 hours"],
    [11_525, "3 hours 12 minutes"],
    [90_061, "1 day 1 hour"],
    [86_460, "1 day"],
    [-5, "0 seconds"],
  ])("says %d s as %s", (seconds, text) => {
    expect(formatDuration(seconds, "en")).toBe(text);
  });

  it("speaks Vietnamese", () => {
    expect(formatDuration(11_525, "vi")).toBe("3 giờ 12 phút");
  });
});

describe("formatAgo", () => {
  it.each([
    [0.4, "now"],
    [12, "12 seconds ago"],
    [200, "3 minutes ago"],
  ])("says %d s as %s", (seconds, text) => {
    expect(formatAgo(seconds, "en")).toBe(text);
  });

  it("speaks Vietnamese", () => {
    expect(formatAgo(200, "vi")).toBe("3 phút trước");
  });
});
