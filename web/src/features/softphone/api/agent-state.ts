import { useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import { useProblemText } from "@/shared/api/use-problem-text";
import { agents } from "@/shared/live/live-lists";
import type { AgentView } from "@/shared/live/views";
import { showToast } from "@/shared/toast/toasts";

/** What agents choose for themselves. */
export type ChosenState = "available" | "break" | "offline";

export interface StateChoice {
  state: ChosenState;
  reason?: string | null;
}

function useAgentChange<Input>(ask: (input: Input) => Promise<AgentView | undefined>) {
  const queries = useQueryClient();
  const problemText = useProblemText();
  return useMutation({
    mutationFn: ask,
    retry: false,
    onSuccess: (agent) => {
      if (agent?.id !== undefined) agents.change(queries, { id: agent.id, item: agent });
    },
    onError: (error) => {
      showToast("bad", problemText(error));
    },
  });
}

/** Choose one's own state; during a call it is kept for afterwards. */
export function useSetState() {
  return useAgentChange<StateChoice>((choice) => request("PUT", "/api/me/agent-state", { body: choice }));
}

export function useExtendWrapUp() {
  return useAgentChange<undefined>(() => request("POST", "/api/me/wrap-up/extend"));
}
