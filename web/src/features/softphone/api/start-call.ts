import { useMutation } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import { useProblemText } from "@/shared/api/use-problem-text";
import { showToast } from "@/shared/toast/toasts";

import type { CallTarget } from "./control-call";

export interface NewCall {
  to: CallTarget;
  caller_id?: string;
  customer_id?: string;
}

/** Call somebody: the server rings this phone, which answers by itself, and then the number. */
export function useStartCall() {
  const problemText = useProblemText();
  return useMutation({
    mutationFn: (call: NewCall) => request("POST", "/api/live-calls", { body: call }),
    retry: false,
    onError: (error) => {
      showToast("bad", problemText(error));
    },
  });
}
