/** A state machine as data: for every state, what each event makes of it. What is not written changes nothing. */
export type Table<S extends string, E extends string> = Readonly<Record<S, Readonly<Partial<Record<E, S>>>>>;

/** Return the state that `event` leads to, or null when it means nothing in `state`. */
export function next<S extends string, E extends string>(table: Table<S, E>, state: S, event: E): S | null {
  return table[state][event] ?? null;
}

/** Draw a table as a Mermaid state diagram, events between the same two states on one arrow. */
export function diagram<S extends string, E extends string>(table: Table<S, E>, start: S): string {
  const lines = ["stateDiagram-v2", `    [*] --> ${start}`];
  for (const [from, exits] of Object.entries<Partial<Record<E, S>>>(table)) {
    const arrows = new Map<string, string[]>();
    for (const [event, to] of Object.entries(exits) as [E, S][]) arrows.set(to, [...(arrows.get(to) ?? []), event]);
    for (const [to, events] of arrows) lines.push(`    ${from} --> ${to}: ${events.join(", ")}`);
  }
  return lines.join("\n");
}
