import { describe, expect, it } from "vitest";

import { countFilters, periodBounds, readFilters, toQuery } from "./filters";

const NOW = new Date(2026, 2, 1, 14, 30);

describe("periodBounds", () => {
  it("begins today at midnight", () => {
    expect(periodBounds({}, NOW)).toEqual({ from: new Date(2026, 2, 1) });
  });

  it("ends yesterday where today begins, over the end of a month", () => {
    expect(periodBounds({ period: "yesterday" }, NOW)).toEqual({
      from: new Date(2026, 1, 28),
      to: new Date(2026, 2, 1),
    });
  });

  it("counts today as one of seven days", () => {
    expect(periodBounds({ period: "week" }, NOW)).toEqual({ from: new Date(2026, 1, 23) });
  });

  it("takes bounds of one's own, also only one", () => {
    expect(periodBounds({ period: "own", to: "2026-01-05T10:00" }, NOW)).toEqual({ to: new Date(2026, 0, 5, 10) });
  });
});

it("asks the server for times in UTC and leaves the period out", () => {
  expect(toQuery({ period: "yesterday", number: "0912" }, NOW)).toEqual({
    number: "0912",
    from: new Date(2026, 1, 28).toISOString(),
    to: new Date(2026, 2, 1).toISOString(),
  });
});

it("reads filters from an address and drops what is none", () => {
  expect(readFilters({ period: "week", number: 84912345678, outcome: "", foo: "bar", direction: "inbound" })).toEqual({
    period: "week",
    number: "84912345678",
    direction: "inbound",
  });
  expect(readFilters({ period: "century" })).toEqual({});
});

it("counts filters other than the period", () => {
  expect(countFilters({ period: "own", from: "x", to: "y", agent_id: "a", outcome: "busy" })).toBe(2);
});
