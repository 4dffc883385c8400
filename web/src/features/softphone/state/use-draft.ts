import { useSyncExternalStore } from "react";

import { draftOf, watchDrafts, writeDraft, type Draft } from "../model/drafts";

/** What is written about a call, and how to change it. */
export function useDraft(callId: string): [Draft, (change: Partial<Draft>) => void] {
  const draft = useSyncExternalStore(watchDrafts, () => draftOf(callId));
  return [
    draft,
    (change) => {
      writeDraft(callId, change);
    },
  ];
}
