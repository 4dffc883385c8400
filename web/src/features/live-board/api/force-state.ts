import { api, unwrap } from "@/shared/api/client";
import { agents } from "@/shared/live/live-lists";
import type { Schemas } from "@/shared/api/schemas";
import { useChange } from "@/shared/api/use-change";

export type ForcedState = Schemas["StateChoice"]["state"];

interface Forced {
  id: string;
  state: ForcedState;
  reason?: string;
}

/** Put somebody else into a state; the server writes down who did. */
export function useForceState(done: string) {
  return useChange(
    async ({ id, ...body }: Forced) =>
      unwrap(await api.PUT("/api/agents/{agent_id}/state", { params: { path: { agent_id: id } }, body })),
    { touches: [agents.key], done },
  );
}
