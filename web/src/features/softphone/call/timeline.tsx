import { Skeleton } from "@mantine/core";
import {
  CircleDot,
  PhoneIncoming,
  PhoneMissed,
  PhoneOutgoing,
  ShoppingBag,
  Ticket,
  Wrench,
  type LucideIcon,
} from "lucide-react";
import { useTranslation } from "react-i18next";

import { Problem } from "@/shared/api/problem";
import { formatWhen } from "@/shared/format/date-time";
import { formatDuration } from "@/shared/format/duration";
import { useLanguage } from "@/shared/i18n/use-language";

import type { Caller, TimelineEntry } from "../api/get-caller";
import classes from "./timeline.module.css";

const KINDS = {
  call_in_answered: [PhoneIncoming, "good"],
  call_in_missed: [PhoneMissed, "bad"],
  call_out_answered: [PhoneOutgoing, "good"],
  call_out_unanswered: [PhoneMissed, "quiet"],
  call: [PhoneIncoming, "quiet"],
  purchase: [ShoppingBag, "good"],
  service_order: [Wrench, "quiet"],
  ticket: [Ticket, "quiet"],
  other: [CircleDot, "quiet"],
} as const satisfies Record<string, readonly [LucideIcon, string]>;

function isKnown(kind: string): kind is keyof typeof KINDS {
  return Object.hasOwn(KINDS, kind);
}

/** More is on the customer's own page. */
const SHOWN = 6;

interface TimelineProps {
  /** The call under way, which is no history yet. */
  callId: string;
  caller: { data: Caller | undefined; isPending: boolean; error: Error | null };
}

/** What happened with this customer before, newest first. */
export function Timeline({ callId, caller: { data, isPending, error } }: TimelineProps) {
  const { t } = useTranslation("softphone");
  const unknown = (error instanceof Problem && error.status === 404) || data?.customers.length === 0;
  const entries = data?.timeline.filter(({ call_id }) => call_id !== callId) ?? [];
  return (
    <section aria-busy={isPending}>
      <h4 className={classes.heading}>{t("timeline.title")}</h4>
      {isPending && <Skeleton height={96} radius="md" />}
      {error !== null && !unknown && <p className={classes.empty}>{t("timeline.failed")}</p>}
      {unknown && entries.length === 0 && <p className={classes.empty}>{t("timeline.unknown")}</p>}
      {data !== undefined && !unknown && entries.length === 0 && <p className={classes.empty}>{t("timeline.none")}</p>}
      <ol className={classes.list}>
        {entries.slice(0, SHOWN).map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function kindOf({ kind, outcome }: TimelineEntry): keyof typeof KINDS {
  if (kind === "call" && outcome !== null && outcome !== "answered") return "call_in_missed";
  return isKnown(kind) ? kind : "other";
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { t } = useTranslation("softphone");
  const language = useLanguage();
  const kind = kindOf(entry);
  const [Icon, tone] = KINDS[kind];
  const talked = entry.talk_s ? t("timeline.talked", { duration: formatDuration(entry.talk_s, language) }) : null;
  const details = [entry.store?.name, entry.agent?.name, talked].filter(Boolean).join(" · ");
  return (
    <li className={classes.entry}>
      <span className={classes.icon} data-tone={tone} aria-hidden="true">
        <Icon size={14} />
      </span>
      <span className={classes.what}>
        {t(`timeline.kinds.${kind}`)}
        {entry.reference !== null && <> {entry.reference}</>}
        {details !== "" && <span className={classes.detail}>{details}</span>}
      </span>
      <time className={classes.when} dateTime={entry.at}>
        {formatWhen(entry.at, language)}
      </time>
    </li>
  );
}
