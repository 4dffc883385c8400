import type { AgentView, LiveCallView } from "@/shared/live/views";

import { CallPanel } from "../call/call-panel";
import { IncomingCall } from "../call/incoming-call";
import { WrapUpPanel } from "../call/wrap-up-panel";
import type { CallActions } from "../state/use-call-actions";
import type { RingingCall } from "../state/use-ringing-call";
import { IdlePanel } from "./idle-panel";
import { PhoneNotices } from "./phone-notices";

interface DockBodyProps {
  me: AgentView | undefined;
  userId: string;
  current: LiveCallView | null;
  ringing: RingingCall | null;
  actions: CallActions;
}

/** What the open panel shows: the call that rings before the one that runs, wrap-up before nothing. */
export function DockBody({ me, userId, current, ringing, actions }: DockBodyProps) {
  const wrapUp = me?.wrap_up ?? null;
  return (
    <>
      <PhoneNotices />
      {ringing !== null && <IncomingCall ringing={ringing} actions={actions} />}
      {ringing === null && current !== null && <CallPanel call={current} userId={userId} actions={actions} />}
      {ringing === null && current === null && wrapUp !== null && <WrapUpPanel wrapUp={wrapUp} />}
      {ringing === null && current === null && wrapUp === null && <IdlePanel me={me} />}
    </>
  );
}
