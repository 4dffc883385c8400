import type { SegmentEntry } from "../api/calls";

/** One stretch of a call as a bar: its place as shares of the whole. */
export interface Bar {
  key: string;
  kind: string;
  segment: SegmentEntry;
  /** 0 to 1. */
  start: number;
  /** 0 to 1. */
  share: number;
}

/** Lay the segments of a call out on one line. */
export function toBars(segments: readonly SegmentEntry[]): Bar[] {
  const end = segments.at(-1)?.end_ms ?? 0;
  if (end <= 0) return [];
  return segments.map((segment, index) => ({
    key: `${index}-${segment.kind}`,
    kind: segment.kind,
    segment,
    start: segment.start_ms / end,
    share: (segment.end_ms - segment.start_ms) / end,
  }));
}

/** Add up how long each kind took, in the order in which kinds first came. */
export function totals(segments: readonly SegmentEntry[]): { kind: string; ms: number }[] {
  const sums = new Map<string, number>();
  for (const { kind, start_ms, end_ms } of segments) sums.set(kind, (sums.get(kind) ?? 0) + end_ms - start_ms);
  return [...sums].map(([kind, ms]) => ({ kind, ms }));
}

/** Choose a distance between marks on the time axis so that there are at most eight. */
export function axisStep(totalMs: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200].map((seconds) => seconds * 1000);
  return steps.find((step) => totalMs / step <= 8) ?? 14_400_000;
}
