import type { CallTarget } from "../api/control-call";
import type { DirectoryEntry } from "../api/find-directory";

const SEPARATORS = /[\s.()-]/g;
const NUMBER = /^\+?[\d*#]{2,}$/;

/** Return what was typed as a number that can be called, or null. */
export function typedNumber(text: string): string | null {
  const number = text.replace(SEPARATORS, "");
  return NUMBER.test(number) ? number : null;
}

/** Return what a typed number means: up to five digits are a phone of ours. */
export function targetOf(number: string): CallTarget {
  return { kind: /^\d{2,5}$/.test(number) ? "extension" : "number", value: number };
}

/** Return whom a search offers: the directory without oneself, and last the number that was typed, when it is one. */
export function withTyped(entries: readonly DirectoryEntry[], text: string, ownId: string): DirectoryEntry[] {
  const found = entries.filter(({ kind, value }) => !(kind === "agent" && value === ownId));
  const number = typedNumber(text);
  if (number === null || found.some(({ value }) => value === number)) return found;
  const { kind } = targetOf(number);
  return [...found, { kind, value: number, label: number, detail: "", presence: null }];
}
