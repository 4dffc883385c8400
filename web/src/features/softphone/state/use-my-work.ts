import { useMemo } from "react";

import { useAgents, useLiveCalls } from "@/shared/live/live-lists";
import type { AgentView } from "@/shared/live/views";
import { useSession } from "@/shared/session/session";

import { pickMyCalls, type MyCalls } from "../model/my-calls";

export interface MyWork extends MyCalls {
  userId: string;
  me: AgentView | undefined;
}

/** What the server knows about this agent right now: state, ringing call, call. */
export function useMyWork(): MyWork {
  const userId = useSession().user.id;
  const { data: agents } = useAgents();
  const { data: calls } = useLiveCalls();
  const mine = useMemo(() => pickMyCalls(calls ?? [], userId), [calls, userId]);
  return { userId, me: agents?.find(({ id }) => id === userId), ...mine };
}
