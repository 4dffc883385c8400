/** The outcomes of the call log, in the order they are shown, each with the role of its colour. */
const KNOWN = [
  { outcome: "answered", tone: "good" },
  { outcome: "ivr_completed", tone: "info" },
  { outcome: "voicemail", tone: "aside" },
  { outcome: "abandoned", tone: "warning" },
  { outcome: "no_answer", tone: "warning" },
  { outcome: "busy", tone: "neutral" },
  { outcome: "rejected", tone: "neutral" },
  { outcome: "failed", tone: "bad" },
  { outcome: "media_failure", tone: "bad" },
  { outcome: "system_failure", tone: "bad" },
] as const;

export type KnownOutcome = (typeof KNOWN)[number]["outcome"];
export type OutcomeTone = (typeof KNOWN)[number]["tone"];

export interface OutcomeBar {
  outcome: string;
  /** Present when there is a text for it. */
  known: KnownOutcome | null;
  tone: OutcomeTone;
  count: number;
  /** Of all finished calls, 0 to 1. */
  share: number;
  /** Length of the bar, 0 to 1: the most frequent outcome fills the line. */
  length: number;
}

/**
 * Return the bars of the chart. All known outcomes are there, so that no failure is seen to be none and the chart
 * keeps its shape; outcomes of a newer server come last, under their own names.
 */
export function outcomeBars(counts: Readonly<Record<string, number>>): OutcomeBar[] {
  const total = totalCalls(counts);
  const highest = Math.max(1, ...Object.values(counts));
  const bar = (outcome: string, known: KnownOutcome | null, tone: OutcomeTone): OutcomeBar => {
    const count = counts[outcome] ?? 0;
    return { outcome, known, tone, count, share: total === 0 ? 0 : count / total, length: count / highest };
  };
  const names = new Set<string>(KNOWN.map(({ outcome }) => outcome));
  return [
    ...KNOWN.map(({ outcome, tone }) => bar(outcome, outcome, tone)),
    ...Object.keys(counts)
      .filter((outcome) => !names.has(outcome))
      .sort()
      .map((outcome) => bar(outcome, null, "neutral")),
  ];
}

export function totalCalls(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
