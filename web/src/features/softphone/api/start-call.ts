import { useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import { useProblemText } from "@/shared/api/use-problem-text";
import { liveCalls } from "@/shared/live/live-lists";
import type { LiveCallView } from "@/shared/live/views";
import { showToast } from "@/shared/toast/toasts";

import type { CallTarget } from "./control-call";

export interface NewCall {
  to: CallTarget;
  caller_id?: string;
  customer_id?: string;
}

/** Call somebody: the server rings this phone, which answers by itself, and then the number. */
export function useStartCall() {
  const queries = useQueryClient();
  const problemText = useProblemText();
  return useMutation({
    mutationFn: (call: NewCall) => request<LiveCallView | undefined>("POST", "/api/live-calls", { body: call }),
    retry: false,
    onSuccess: (call) => {
      if (call?.id !== undefined) liveCalls.change(queries, { id: call.id, item: call });
    },
    onError: (error) => {
      showToast("bad", problemText(error));
    },
  });
}
