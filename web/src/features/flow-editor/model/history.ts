import type { Operation } from "../operations/operation";
import { apply, invert } from "../operations/operation";
import type { FlowDocument } from "./document";

/** An edit that was done, with what undoes it. */
export interface Entry {
  forward: Operation;
  backward: Operation;
  /** Edits of the same sort that follow each other quickly become one step, e.g. the letters of a word. */
  merge: string | null;
  /** When it was done, milliseconds. */
  at: number;
}

/** All edits since the flow was opened; nothing is ever dropped. */
export interface History {
  past: readonly Entry[];
  future: readonly Entry[];
}

export const NO_HISTORY: History = { past: [], future: [] };

/** Edits further apart are steps of their own, milliseconds. */
const MERGED_MS = 1200;

interface Edited {
  document: FlowDocument;
  history: History;
}

/** Do an edit. Typing again in the same place goes into the step before; its inverse still leads to the beginning. */
export function edit(
  { document, history }: Edited,
  operation: Operation,
  at: number,
  merge: string | null = null,
): Edited {
  const next = apply(document, operation);
  const last = history.past.at(-1);
  const joins = merge !== null && last?.merge === merge && at - last.at < MERGED_MS;
  const entry: Entry = joins
    ? { forward: both(last.forward, operation), backward: both(invert(document, operation), last.backward), merge, at }
    : { forward: operation, backward: invert(document, operation), merge, at };
  return {
    document: next,
    history: { past: [...(joins ? history.past.slice(0, -1) : history.past), entry], future: [] },
  };
}

/** Two edits as one; a second one that only writes over the first replaces it. */
function both(first: Operation, second: Operation): Operation {
  if (first.type === "change-data" && second.type === "change-data") {
    // Forwards the second holds all there is; backwards the order is the other way round and again the last one counts.
    return second;
  }
  return { type: "batch", request: { operations: [first, second] } };
}

/** Take the last edit back; null when there is none. */
export function undo({ document, history }: Edited): Edited | null {
  const entry = history.past.at(-1);
  if (entry === undefined) return null;
  return {
    document: apply(document, entry.backward),
    history: { past: history.past.slice(0, -1), future: [{ ...entry, merge: null }, ...history.future] },
  };
}

/** Do the edit that was last taken back again; null when there is none. */
export function redo({ document, history }: Edited): Edited | null {
  const [entry, ...rest] = history.future;
  if (entry === undefined) return null;
  return { document: apply(document, entry.forward), history: { past: [...history.past, entry], future: rest } };
}
