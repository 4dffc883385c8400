import { Button, Text } from "@mantine/core";
import { PhoneIncoming } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import type { WaitingView } from "@/shared/live/views";

import { WaitClock } from "./wait-clock";
import classes from "./waiting-list.module.css";

/** As many of those who wait as are shown at once. */
const SHOWN = 5;

interface WaitingListProps {
  waiting: readonly WaitingView[];
  targetS: number;
}

/** Those who wait, in the order they will be served: callers, and call-backs that kept their place. */
export function WaitingList({ waiting, targetS }: WaitingListProps) {
  const { t } = useTranslation("liveBoard");
  const { t: shared } = useTranslation("shared");
  const [all, setAll] = useState(false);
  const shown = all ? waiting : waiting.slice(0, SHOWN);
  if (waiting.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("noneWaiting")}
      </Text>
    );
  }
  return (
    <>
      <ol className={classes.list} aria-label={t("waiting")}>
        {shown.map(({ call_id, callback_id, position, customer_name, number, waiting_since, offered_to }) => (
          <li key={call_id ?? callback_id ?? position} className={classes.entry}>
            <span className={classes.position}>{position}</span>
            <span className={classes.who}>
              {customer_name ?? (number === null ? shared("withheld") : formatPhone(number))}
              {callback_id !== null && (
                <span className={classes.mark}>
                  <PhoneIncoming size={13} aria-hidden="true" /> {t("callback")}
                </span>
              )}
              {offered_to.length > 0 && (
                <span className={classes.mark}>{t("ringing", { count: offered_to.length })}</span>
              )}
            </span>
            <WaitClock since={waiting_since} targetS={targetS} />
          </li>
        ))}
      </ol>
      {waiting.length > SHOWN && (
        <Button
          variant="subtle"
          size="compact-sm"
          ml={-8}
          onClick={() => {
            setAll(!all);
          }}
        >
          {all ? t("fewer") : t("moreWaiting", { count: waiting.length - SHOWN })}
        </Button>
      )}
    </>
  );
}
