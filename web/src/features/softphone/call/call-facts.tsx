import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatDuration } from "@/shared/format/duration";
import { formatPhone } from "@/shared/format/phone-number";
import { RunningClock } from "@/shared/ui/running-clock";
import { useLanguage } from "@/shared/i18n/use-language";
import type { LiveCallView } from "@/shared/live/views";

import type { Caller } from "../api/get-caller";
import classes from "./call-facts.module.css";

interface CallFactsProps {
  call: LiveCallView;
  caller: Caller | undefined;
}

/** What is known about a call in single words: queue and wait, stores, agent, keys. */
export function CallFacts({ call, caller }: CallFactsProps) {
  const { t } = useTranslation("softphone");
  const language = useLanguage();
  const { queue, store } = call;
  const lastStore = caller?.last_contact?.store ?? null;
  const lastAgent = caller?.last_contact?.agent ?? null;
  return (
    <dl className={classes.facts}>
      {queue !== null && <Fact name={t("caller.queue")}>{queue.name}</Fact>}
      {queue !== null && (
        <Fact name={t("caller.waited")}>
          {call.connected_at === null ? (
            <RunningClock since={queue.waiting_since} />
          ) : (
            formatDuration(queue.waited_s, language)
          )}
        </Fact>
      )}
      {call.did !== null && call.direction === "inbound" && (
        <Fact name={t("caller.dialled")}>{formatPhone(call.did)}</Fact>
      )}
      {store !== null && <Fact name={t("caller.store")}>{store.name}</Fact>}
      {lastStore !== null && lastStore.id !== store?.id && <Fact name={t("caller.lastStore")}>{lastStore.name}</Fact>}
      {lastAgent !== null && <Fact name={t("caller.lastAgent")}>{lastAgent.name}</Fact>}
      {call.keys_pressed !== "" && (
        <Fact name={t("caller.keys")}>
          <span className={classes.keys}>{call.keys_pressed}</span>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
