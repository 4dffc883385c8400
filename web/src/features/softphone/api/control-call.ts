import { useMutation } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import { useProblemText } from "@/shared/api/use-problem-text";
import { showToast } from "@/shared/toast/toasts";

export type TargetKind = "agent" | "extension" | "queue" | "store" | "number" | "flow";

/** Whom to call or to hand a call to. */
export interface CallTarget {
  kind: TargetKind;
  value: string;
}

/** Everything that can be asked of a call under way. */
export type CallCommand =
  | {
      do:
        | "answer"
        | "hold"
        | "resume"
        | "hangup"
        | "attach"
        | "consult/complete"
        | "consult/cancel"
        | "consult/swap"
        | "consult/join"
        | "recording/pause"
        | "recording/resume";
    }
  | { do: "transfer" | "consult" | "participants"; target: CallTarget }
  | { do: "digits"; keys: string }
  | { do: "drop"; leg_id: string };

export function controlCall(callId: string, command: CallCommand): Promise<unknown> {
  const path = `/api/live-calls/${encodeURIComponent(callId)}`;
  if (command.do === "drop") return request("DELETE", `${path}/participants/${encodeURIComponent(command.leg_id)}`);
  const { do: action, ...body } = command;
  return request("POST", `${path}/${action}`, Object.keys(body).length > 0 ? { body } : {});
}

/**
 * Ask something of a call. What becomes of it is shown when the feed tells: the answer may come after an event that is
 * newer, such as the end of the call.
 */
export function useCallControl() {
  const problemText = useProblemText();
  return useMutation({
    mutationFn: ({ callId, command }: { callId: string; command: CallCommand }) => controlCall(callId, command),
    retry: false,
    onError: (error) => {
      showToast("bad", problemText(error));
    },
  });
}
