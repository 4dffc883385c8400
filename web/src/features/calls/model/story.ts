import type { EventEntry } from "../api/calls";

export interface StoryLine {
  at_ms: number;
  kind: string;
  /** What of the event's data people want to read: names, numbers, keys, results. */
  details: string;
}

/** Stretches are drawn as bars, and entering a node says nothing that leaving it does not say better. */
const LEFT_OUT = new Set(["segment", "node_entered", "consult_node_entered"]);

const TOLD = [
  "name",
  "node",
  "queue",
  "agent",
  "target",
  "peer",
  "extension",
  "number",
  "tag",
  "reason",
  "cause",
] as const;

function word(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function describe({ kind, data }: EventEntry): string {
  if (kind === "node_left") {
    const name = word(data.name) || word(data.node);
    return [name, word(data.keys) && `[${word(data.keys)}]`, word(data.port) && `→ ${word(data.port)}`]
      .filter(Boolean)
      .join(" ");
  }
  return TOLD.map((name) => word(data[name]))
    .filter((text, index, texts) => text !== "" && texts.indexOf(text) === index)
    .join(" · ");
}

/** Turn the events of a call into lines to read. */
export function storyLines(events: readonly EventEntry[]): StoryLine[] {
  return events
    .filter(({ kind }) => !LEFT_OUT.has(kind))
    .map((event) => ({ at_ms: event.at_ms, kind: event.kind, details: describe(event) }));
}
