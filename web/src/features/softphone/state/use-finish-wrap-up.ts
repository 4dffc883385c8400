import { useEffect, useEffectEvent } from "react";

import { useProblemText } from "@/shared/api/use-problem-text";
import type { WrapUpView } from "@/shared/live/views";
import { showToast } from "@/shared/toast/toasts";

import { useSaveWrapUp } from "../api/wrap-up";
import { draftOf, markSaved } from "../model/drafts";
import { wrapUpOf } from "../model/wrap-up";

/** What is written when the time runs out is saved this much earlier. */
const SAVE_BEFORE_MS = 1200;

/** Save note and outcome and end the wrap-up; what is written is saved too when the time runs out. */
export function useFinishWrapUp({ call_id, ends_at }: WrapUpView) {
  const problemText = useProblemText();
  const { mutate, isPending } = useSaveWrapUp(call_id);
  const finish = (): void => {
    mutate(wrapUpOf(draftOf(call_id)), {
      onSuccess: () => {
        markSaved(call_id);
      },
      onError: (error) => {
        showToast("bad", problemText(error));
      },
    });
  };
  const saveInTime = useEffectEvent(() => {
    if (!draftOf(call_id).saved) finish();
  });
  useEffect(() => {
    if (ends_at === null) return undefined;
    const timer = setTimeout(saveInTime, Date.parse(ends_at) - Date.now() - SAVE_BEFORE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [ends_at]);
  return { finish, isPending };
}
