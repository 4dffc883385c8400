import { request } from "@/shared/api/client";
import { agents } from "@/shared/live/live-lists";
import { useChange } from "@/shared/api/use-change";
import type { AgentView } from "@/shared/live/views";

export type ForcedState = "available" | "break" | "offline";

interface Forced {
  id: string;
  state: ForcedState;
  reason?: string;
}

/** Put somebody else into a state; the server writes down who did. */
export function useForceState(done: string) {
  return useChange(
    ({ id, ...body }: Forced) => request<AgentView>("PUT", `/api/agents/${encodeURIComponent(id)}/state`, { body }),
    { touches: [agents.key], done },
  );
}
