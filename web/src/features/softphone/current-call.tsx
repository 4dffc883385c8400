import { useEffect, type ReactNode } from "react";

import { CallHistory } from "./call/call-history";
import { CallPanel } from "./call/call-panel";
import { IncomingCall } from "./call/incoming-call";
import { WrapUpPanel } from "./call/wrap-up-panel";
import { MissedNotice } from "./dock/missed-notice";
import { PhoneNotices } from "./dock/phone-notices";
import classes from "./current-call.module.css";
import { showPanel } from "./state/panel-state";
import { useCallActions } from "./state/use-call-actions";
import { useMyWork } from "./state/use-my-work";
import { useRingingCall } from "./state/use-ringing-call";

interface CurrentCallProps {
  /** Shown while there is nothing to do. */
  idle: ReactNode;
}

/** The agent's call, as large as a page: ringing, running, or being wrapped up. */
export function CurrentCall({ idle }: CurrentCallProps) {
  const { me, userId, current } = useMyWork();
  const ringing = useRingingCall();
  const actions = useCallActions();
  const wrapUp = me?.wrap_up ?? null;

  // The panel in the corner need not open by itself over a page that shows the same.
  useEffect(() => {
    showPanel({ onPage: true });
    return () => {
      showPanel({ onPage: false });
    };
  }, []);

  return (
    <div className={classes.page}>
      <PhoneNotices />
      {ringing === null && current === null && wrapUp === null ? (
        <>
          <MissedNotice me={me} />
          {idle}
        </>
      ) : (
        <div className={classes.card} data-ringing={ringing !== null || undefined}>
          {ringing !== null ? (
            <div className={classes.columns}>
              <IncomingCall ringing={ringing} actions={actions} historyBeside />
              {ringing.call !== null && <CallHistory call={ringing.call} />}
            </div>
          ) : current !== null ? (
            <CallPanel call={current} userId={userId} actions={actions} />
          ) : (
            wrapUp !== null && <WrapUpPanel wrapUp={wrapUp} />
          )}
        </div>
      )}
    </div>
  );
}
