import { useMutation, useQueryClient } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import { agents } from "@/shared/live/live-lists";
import type { AgentView } from "@/shared/live/views";

export interface WrapUp {
  disposition?: string;
  note?: string;
}

interface WrapUpSaved {
  /** It ended the wrap-up. */
  finished: boolean;
  agent: AgentView | null;
}

function saveWrapUp(callId: string, wrapUp: WrapUp): Promise<WrapUpSaved | undefined> {
  return request("POST", `/api/calls/${encodeURIComponent(callId)}/wrap-up`, { body: wrapUp });
}

/** Save what was said about a call; during wrap-up this finishes it. */
export function useSaveWrapUp(callId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wrapUp: WrapUp) => saveWrapUp(callId, wrapUp),
    retry: false,
    onSuccess: async (saved) => {
      if (saved?.agent) agents.change(queries, { id: saved.agent.id, item: saved.agent });
      await queries.invalidateQueries({ queryKey: ["calls"] });
    },
  });
}
