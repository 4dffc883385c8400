import { Button } from "@mantine/core";
import { Phone, PhoneIncoming, PhoneOff } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { CallActions } from "../state/use-call-actions";
import type { RingingCall } from "../state/use-ringing-call";
import { CallContext } from "./call-context";
import { CallerCard } from "./caller-card";
import classes from "./incoming-call.module.css";

interface IncomingCallProps {
  ringing: RingingCall;
  actions: CallActions;
  /** Leave the context to whoever shows it beside. */
  bare?: boolean;
}

/** A call that rings: who it is and everything about it, before it is answered. */
export function IncomingCall({ ringing, actions, bare = false }: IncomingCallProps) {
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
          leftSection={<Phone size={18} />}
          onClick={() => {
            actions.answer(call);
          }}
        >
          {t("ringing.answer")}
        </Button>
      </div>
      {call !== null && !bare && <CallContext call={call} />}
    </section>
  );
}
