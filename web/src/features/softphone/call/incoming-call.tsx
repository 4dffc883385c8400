import { Button } from "@mantine/core";
import { Phone, PhoneIncoming, PhoneOff } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { CallActions } from "../state/use-call-actions";
import type { RingingCall } from "../state/use-ringing-call";
import { CallHistory } from "./call-history";
import { CallReasons } from "./call-reasons";
import { CallerCard } from "./caller-card";
import classes from "./incoming-call.module.css";

interface IncomingCallProps {
  ringing: RingingCall;
  actions: CallActions;
  /** Way and history are shown beside. */
  historyBeside?: boolean;
}

/** A call that rings: who it is and everything about it, before it is answered. */
export function IncomingCall({ ringing, actions, historyBeside = false }: IncomingCallProps) {
  const { t } = useTranslation("softphone");
  const { call, name } = ringing;
  return (
    <section className={classes.incoming} aria-label={t("ringing.from", { name })}>
      <span className={classes.label}>
        <PhoneIncoming size={15} aria-hidden="true" />
        {ringing.about}
      </span>
      <CallerCard name={name} call={call} ringing />
      <div className={classes.buttons}>
        <Button
          variant="light"
          color="red"
          size="md"
          px="sm"
          leftSection={<PhoneOff size={18} />}
          onClick={() => {
            actions.reject(call);
          }}
        >
          {t("ringing.reject")}
        </Button>
        <Button
          className={classes.answer ?? ""}
          size="md"
          px="sm"
          leftSection={<Phone size={18} />}
          onClick={() => {
            actions.answer(call);
          }}
        >
          {t("ringing.answer")}
        </Button>
      </div>
      {call !== null && <CallReasons call={call} />}
      {call !== null && !historyBeside && <CallHistory call={call} />}
    </section>
  );
}
