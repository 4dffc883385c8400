import type { Disposition, WrapUp } from "../api/wrap-up";
import type { Draft } from "./drafts";

/** Return the outcomes that a call of this queue can have, as a field offers them. */
export function dispositionsFor(
  dispositions: readonly Disposition[],
  queueId: string | null,
  language: string,
): { value: string; label: string }[] {
  return dispositions
    .filter(({ queue_ids }) => queue_ids === null || queue_ids.length === 0 || queue_ids.includes(queueId ?? ""))
    .map(({ code, label }) => ({ value: code, label: labelIn(label, language) }));
}

/** Return a label in a language, whether the server keeps one or one for each. */
export function labelIn(label: string | Record<string, string>, language: string): string {
  return typeof label === "string" ? label : (label[language] ?? Object.values(label)[0] ?? "");
}

/** Return what of a draft the server gets: only what was written. */
export function wrapUpOf({ note, disposition }: Draft): WrapUp {
  return {
    ...(note.trim() !== "" && { note: note.trim() }),
    ...(disposition !== "" && { disposition }),
  };
}
