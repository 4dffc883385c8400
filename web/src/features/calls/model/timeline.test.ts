import { expect, it } from "vitest";

import type { SegmentEntry } from "../api/calls";
import { axisStep, toBars, totals } from "./timeline";

function segment(kind: SegmentEntry["kind"], start_ms: number, end_ms: number): SegmentEntry {
  return { kind, start_ms, end_ms, leg_id: null, agent: null, store: null, extension: null, node: null };
}

const SEGMENTS = [
  segment("ivr", 0, 5000),
  segment("talk", 5000, 15_000),
  segment("hold", 15_000, 17_500),
  segment("talk", 17_500, 20_000),
];

it("lays segments out as shares of the call", () => {
  expect(toBars(SEGMENTS).map(({ start, share }) => [start, share])).toEqual([
    [0, 0.25],
    [0.25, 0.5],
    [0.75, 0.125],
    [0.875, 0.125],
  ]);
});

it("draws nothing for a call that took no time", () => {
  expect(toBars([segment("setup", 0, 0)])).toEqual([]);
});

it("adds up each kind", () => {
  expect(totals(SEGMENTS)).toEqual([
    { kind: "ivr", ms: 5000 },
    { kind: "talk", ms: 12_500 },
    { kind: "hold", ms: 2500 },
  ]);
});

it.each([
  [6000, 1000],
  [20_000, 5000],
  [240_000, 30_000],
  [3_600_000, 600_000],
  [90_000_000, 14_400_000],
])("marks %d ms every %d ms", (total, step) => {
  expect(axisStep(total)).toBe(step);
});
