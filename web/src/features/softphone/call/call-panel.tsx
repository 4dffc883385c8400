import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import type { LiveCallView } from "@/shared/live/views";
import { RunningClock } from "@/shared/ui/running-clock";

import { callState } from "../model/call-state";
import { otherName, otherNumber } from "../model/my-calls";
import { usePhone } from "../state/current-softphone";
import { usePanel } from "../state/panel-state";
import type { CallActions } from "../state/use-call-actions";
import { CallControls } from "./call-controls";
import { CallHistory } from "./call-history";
import { CallMeters } from "./call-meters";
import classes from "./call-panel.module.css";
import { CallReasons } from "./call-reasons";
import { CallerCard } from "./caller-card";
import { ConsultBanner } from "./consult-banner";
import { Keypad } from "./keypad";
import { NotesForm } from "./notes-form";
import { ParticipantList } from "./participant-list";
import { TransferPanel } from "./transfer-panel";

interface CallPanelProps {
  call: LiveCallView;
  userId: string;
  actions: CallActions;
}

/** A call under way: who, how long, what can be done, notes; and the context, beside it where there is room. */
export function CallPanel({ call, userId, actions }: CallPanelProps) {
  const { t } = useTranslation("softphone");
  const phone = usePhone();
  const { part } = usePanel();
  const number = otherNumber(call);
  const name = otherName(call, userId) || (number === null ? t("caller.withheld") : formatPhone(number));
  const state = callState(call, phone, userId);
  return (
    <section className={classes.root} aria-label={t("call.with", { name })}>
      <div className={classes.panel}>
        <div className={classes.main}>
          <div className={classes.head}>
            <CallerCard name={name} call={call} />
            <div className={classes.status}>
              <RunningClock
                className={classes.clock}
                since={call.connected_at ?? call.answered_at ?? call.started_at}
              />
              <span className={classes.state} data-state={state}>
                {t(`call.state.${state}`)}
              </span>
            </div>
          </div>
          <CallMeters call={call} actions={actions} />
          <CallControls call={call} actions={actions} />
          <ConsultBanner call={call} userId={userId} actions={actions} />
          <ParticipantList call={call} userId={userId} actions={actions} />
          {part === "keypad" && (
            <Keypad
              onKey={(key) => {
                actions.sendKeys(call, key);
              }}
            />
          )}
          {(part === "transfer" || part === "add") && (
            <TransferPanel key={part} call={call} actions={actions} adding={part === "add"} />
          )}
          <div className={classes.notes}>
            <NotesForm key={call.id} callId={call.id} queueId={call.queue?.id ?? null} requiredBy={null} ownButton />
          </div>
        </div>
        <div className={classes.context}>
          <CallReasons call={call} />
          <CallHistory call={call} />
        </div>
      </div>
    </section>
  );
}
