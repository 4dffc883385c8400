import { Unreachable } from "@/shared/api/problem";
import type { LiveCallView } from "@/shared/live/views";

import { useCallControl, type CallCommand } from "../api/control-call";
import { may } from "../model/permitted";
import { actOnPhone, usePhone } from "./current-softphone";
import { showPanel } from "./panel-state";

/** What buttons and keys do with a call: by the phone of this browser where it can, else by the server. */
export function useCallActions() {
  const phone = usePhone();
  const { mutate, isPending } = useCallControl();

  const command = (call: LiveCallView, wanted: CallCommand, done?: () => void): void => {
    mutate({ callId: call.id, command: wanted }, done === undefined ? {} : { onSuccess: done });
  };

  return {
    isPending,
    command,

    answer(call: LiveCallView | null): void {
      if (phone.session === "ringing") actOnPhone({ type: "answer" });
      else if (call !== null) command(call, { do: "answer" });
    },

    reject(call: LiveCallView | null): void {
      if (phone.session === "ringing") actOnPhone({ type: "reject" });
      else if (call !== null) command(call, { do: "hangup" });
    },

    hangUp(call: LiveCallView | null): void {
      showPanel({ part: "none" });
      if (call === null) {
        actOnPhone({ type: "hang_up" });
        return;
      }
      mutate(
        { callId: call.id, command: { do: "hangup" } },
        {
          onError: (error) => {
            // Without the server's answer the phone itself can still say goodbye.
            if (error instanceof Unreachable) actOnPhone({ type: "hang_up" });
          },
        },
      );
    },

    toggleMute(): void {
      if (phone.session === "talking") actOnPhone({ type: "mute", muted: !phone.muted });
    },

    toggleHold(call: LiveCallView): void {
      if (may(call, "resume")) command(call, { do: "resume" });
      else if (may(call, "hold")) command(call, { do: "hold" });
    },

    toggleRecording(call: LiveCallView): void {
      if (may(call, "recording_resume")) command(call, { do: "recording/resume" });
      else if (may(call, "recording_pause")) command(call, { do: "recording/pause" });
    },

    sendKeys(call: LiveCallView | null, keys: string): void {
      if (phone.session === "talking") actOnPhone({ type: "keys", keys });
      else if (call !== null) command(call, { do: "digits", keys });
    },
  };
}

export type CallActions = ReturnType<typeof useCallActions>;
