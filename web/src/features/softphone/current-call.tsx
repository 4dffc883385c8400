import { useEffect, type ReactNode } from "react";

import { CallHistory } from "./call/call-history";
import { CallPanel } from "./call/call-panel";
import { IncomingCall } from "./call/incoming-call";
import { WrapUpPanel } from "./call/wrap-up-panel";
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

  if (ringing !== null) {
    return (
      <div className={classes.card} data-ringing>
        <div className={classes.columns}>
          <IncomingCall ringing={ringing} actions={actions} historyBeside />
          {ringing.call !== null && <CallHistory call={ringing.call} />}
        </div>
      </div>
    );
  }
  if (current !== null) {
    return (
      <div className={classes.card}>
        <CallPanel call={current} userId={userId} actions={actions} />
      </div>
    );
  }
  if (wrapUp !== null) {
    return (
      <div className={classes.card}>
        <WrapUpPanel wrapUp={wrapUp} />
      </div>
    );
  }
  return idle;
}
