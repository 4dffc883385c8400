import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";
import { formatExact } from "@/shared/format/date-time";
import { formatPhone } from "@/shared/format/phone-number";
import { useLanguage } from "@/shared/i18n/use-language";
import { FactList } from "@/shared/ui/fact-list";
import { TextLink } from "@/shared/ui/text-link";

import type { CallDetail } from "../api/calls";
import { talkedMs, waitedMs } from "../model/times";

/** Who, when and how long, in a few words each. */
export function CallFacts({ call }: { call: CallDetail }) {
  const { t } = useTranslation("calls");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const number = (value: string | null) => (value === null ? shared("withheld") : formatPhone(value));
  const facts: [string, ReactNode][] = [
    [t("facts.started"), formatExact(call.started_at, language)],
    [t("facts.from"), number(call.from_number)],
    [t("facts.to"), number(call.to_number ?? call.did)],
  ];
  if (call.customer !== null) {
    facts.push([
      t("facts.customer"),
      <TextLink key="customer" to="/customers/$customerId" params={{ customerId: call.customer.id }}>
        {call.customer.name}
      </TextLink>,
    ]);
  }
  if (call.agent !== null) facts.push([t("columns.agent"), call.agent.name]);
  if (call.store !== null) facts.push([t("columns.store"), call.store.name]);
  facts.push(
    [t("columns.wait"), formatClock(waitedMs(call) / 1000)],
    [t("columns.talk"), formatClock(talkedMs(call) / 1000)],
  );
  if (call.keys_pressed !== "") facts.push([t("facts.keys"), call.keys_pressed]);
  if (call.hangup_side === "caller" || call.hangup_side === "callee" || call.hangup_side === "system") {
    facts.push([t("facts.endedBy"), t(`side.${call.hangup_side}`)]);
  }
  return <FactList facts={facts} />;
}
