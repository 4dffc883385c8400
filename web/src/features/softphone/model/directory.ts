import type { DirectoryEntry } from "../api/find-directory";

const SEPARATORS = /[\s.()-]/g;
const NUMBER = /^\+?[\d*#]{2,}$/;

/** Return what was typed as a number that can be called, or null. */
export function typedNumber(text: string): string | null {
  const number = text.replace(SEPARATORS, "");
  return NUMBER.test(number) ? number : null;
}

/** Return whom a search offers: the directory without oneself, and last the number that was typed, when it is one. */
export function withTyped(entries: readonly DirectoryEntry[], text: string, ownId: string): DirectoryEntry[] {
  const found = entries.filter(({ kind, value }) => !(kind === "agent" && value === ownId));
  const number = typedNumber(text);
  if (number === null || found.some(({ value }) => value === number)) return found;
  return [...found, { kind: "number", value: number, label: number, detail: null, presence: null }];
}
