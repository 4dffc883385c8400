import { useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import { useProblemText } from "@/shared/api/use-problem-text";
import { liveCalls } from "@/shared/live/live-lists";
import type { LiveCallView } from "@/shared/live/views";
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

export function controlCall(callId: string, command: CallCommand): Promise<LiveCallView | undefined> {
  const path = `/api/live-calls/${encodeURIComponent(callId)}`;
  if (command.do === "drop") return request("DELETE", `${path}/participants/${encodeURIComponent(command.leg_id)}`);
  const { do: action, ...body } = command;
  return request("POST", `${path}/${action}`, Object.keys(body).length > 0 ? { body } : {});
}

/** Ask something of a call; the answer is shown without waiting for the feed. */
export function useCallControl() {
  const queries = useQueryClient();
  const problemText = useProblemText();
  return useMutation({
    mutationFn: ({ callId, command }: { callId: string; command: CallCommand }) => controlCall(callId, command),
    retry: false,
    onSuccess: (call) => {
      if (call?.id !== undefined) liveCalls.change(queries, { id: call.id, item: call });
    },
    onError: (error) => {
      showToast("bad", problemText(error));
    },
  });
}
