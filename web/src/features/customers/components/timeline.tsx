import { Text } from "@mantine/core";
import { PhoneIncoming, PhoneMissed, PhoneOutgoing, Receipt, Ticket, Wrench, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";
import { formatWhen } from "@/shared/format/date-time";
import { formatPhone } from "@/shared/format/phone-number";
import { useLanguage } from "@/shared/i18n/use-language";
import { TextLink } from "@/shared/ui/text-link";

import type { TimelineEntry } from "../api/customers";
import type { en } from "../texts/en";
import classes from "./timeline.module.css";

type Kind = keyof typeof en.kind;

const ICONS: Record<Kind, LucideIcon> = {
  call_in_answered: PhoneIncoming,
  call_out_answered: PhoneOutgoing,
  call_out_unanswered: PhoneOutgoing,
  call: PhoneMissed,
  purchase: Receipt,
  service_order: Wrench,
  ticket: Ticket,
};

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(ICONS, kind);
}

/** Everything that happened between a customer and the chain, newest first. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  const { t } = useTranslation("customers");
  if (entries.length === 0) return <Text c="dimmed">{t("nothing")}</Text>;
  return (
    <ol className={classes.line}>
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
    </ol>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { t } = useTranslation("customers");
  const language = useLanguage();
  const Icon = isKind(entry.kind) ? ICONS[entry.kind] : Ticket;
  const name = isKind(entry.kind) ? t(`kind.${entry.kind}`) : entry.kind;
  const details = [
    entry.store?.name,
    entry.agent?.name,
    entry.talk_s !== null && entry.talk_s > 0 && formatClock(entry.talk_s),
    entry.number !== null && formatPhone(entry.number),
    entry.reference,
    entry.disposition,
  ];
  return (
    <li className={classes.entry}>
      <span className={classes.icon}>
        <Icon size={16} aria-hidden="true" />
      </span>
      <div>
        {entry.call_id === null ? (
          <Text fw={600} size="sm">
            {name}
          </Text>
        ) : (
          <TextLink to="/calls/$callId" params={{ callId: entry.call_id }} fw={600} size="sm">
            {name}
          </TextLink>
        )}
        <Text size="sm" c="dimmed">
          {details.filter(Boolean).join(" · ")}
        </Text>
      </div>
      <time className={classes.when}>{formatWhen(entry.at, language)}</time>
    </li>
  );
}
