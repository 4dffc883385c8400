export interface Sample {
  /** Milliseconds since 1970. */
  at: number;
  calls: number;
}

/** How far back the small curve reaches. */
export const HISTORY_S = 120;

/** The curve spans at least this much, lest two samples draw a mountain. */
const SHORTEST_S = 30;

/** Add what was seen now and forget what is too old. */
export function addSample(history: readonly Sample[], sample: Sample): readonly Sample[] {
  const oldest = sample.at - HISTORY_S * 1000;
  return [...history.filter(({ at }) => at >= oldest && at < sample.at), sample];
}

/**
 * Return the history as the points of an SVG line in a box of this size; now is at the right edge, and a page that was
 * opened a moment ago shows as much as it knows.
 */
export function linePoints(history: readonly Sample[], width: number, height: number): string {
  const [first, last] = [history[0], history.at(-1)];
  if (first === undefined || last === undefined) return "";
  const span = Math.max(SHORTEST_S * 1000, last.at - first.at);
  const highest = Math.max(1, ...history.map(({ calls }) => calls));
  return history
    .map(({ at, calls }) => {
      const x = width - ((last.at - at) / span) * width;
      const y = height - (calls / highest) * height;
      return `${round(x)},${round(y)}`;
    })
    .join(" ");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
