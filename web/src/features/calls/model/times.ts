interface Times {
  time_ms: Record<string, number>;
}

function sum({ time_ms }: Times, kinds: readonly string[]): number {
  return kinds.reduce((total, kind) => total + (time_ms[kind] ?? 0), 0);
}

/** How long the caller waited for a person: in a queue and while somebody was rung. */
export const waitedMs = (call: Times) => sum(call, ["queue", "ring"]);

/** How long the caller had somebody to talk to, holds included. */
export const talkedMs = (call: Times) => sum(call, ["talk", "hold", "consult", "conference"]);
