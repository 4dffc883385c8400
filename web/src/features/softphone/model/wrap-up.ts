import { codeLabel, type DispositionEntry } from "@/shared/api/refs";

import type { WrapUp } from "../api/wrap-up";
import type { Draft } from "./drafts";

/** Return the outcomes that a call of this queue can have, as a field offers them. */
export function dispositionsFor(
  dispositions: readonly DispositionEntry[],
  queueId: string | null,
  language: string,
): { value: string; label: string }[] {
  return dispositions
    .filter(({ queue_ids }) => queue_ids === null || queue_ids.length === 0 || queue_ids.includes(queueId ?? ""))
    .map((each) => ({ value: each.code, label: codeLabel(each, language) }));
}

/**
 * Return what of a draft the server gets. Every note that is sent is kept as one more, so a note it has is left out.
 */
export function wrapUpOf({ note, disposition, savedNote }: Draft): WrapUp {
  const text = note.trim();
  return {
    ...(text !== "" && text !== savedNote && { note: text }),
    ...(disposition !== "" && { disposition }),
  };
}
