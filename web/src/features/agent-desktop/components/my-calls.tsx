import { Anchor, Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { PhoneIncoming, PhoneMissed, PhoneOutgoing } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatWhen } from "@/shared/format/date-time";
import { formatDuration } from "@/shared/format/duration";
import { formatPhone } from "@/shared/format/phone-number";
import { useLanguage } from "@/shared/i18n/use-language";
import { useSession } from "@/shared/session/session";
import { Panel } from "@/shared/ui/panel";

import { useMyCalls, type CallItem } from "../api/get-my-calls";
import { CallLink } from "./call-link";
import classes from "./rows.module.css";

/** The last calls of this agent, each one press away from calling again. */
export function MyCalls() {
  const { t } = useTranslation("desk");
  const { data, isPending } = useMyCalls(useSession().user.id);
  return (
    <Panel
      title={t("calls.title")}
      aside={
        <Anchor component={Link} to="/calls" size="sm">
          {t("calls.all")}
        </Anchor>
      }
    >
      {isPending && <Skeleton height={160} radius="md" />}
      {data?.length === 0 && <p className={classes.empty}>{t("calls.none")}</p>}
      <ul className={classes.list}>
        {data?.map((call) => (
          <CallRow key={call.id} call={call} />
        ))}
      </ul>
    </Panel>
  );
}

function CallRow({ call }: { call: CallItem }) {
  const { t } = useTranslation("desk");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const { extension } = useSession();
  const outbound = call.direction === "outbound" || (extension !== null && call.from_number === extension);
  const number = outbound ? call.to_number : call.from_number;
  const missed = call.connected_at === null;
  const Icon = missed ? PhoneMissed : outbound ? PhoneOutgoing : PhoneIncoming;
  const shown = number === null ? shared("withheld") : formatPhone(number);
  const details = [
    call.customer === null ? null : shown,
    formatWhen(call.started_at, language),
    missed ? t("calls.missed") : call.duration_ms === null ? null : formatDuration(call.duration_ms / 1000, language),
  ];
  return (
    <li className={classes.row} data-icon>
      <span className={classes.icon} data-tone={missed ? "bad" : "good"} aria-hidden="true">
        <Icon size={15} />
      </span>
      <div className={classes.what}>
        <div className={classes.name}>{call.customer?.name ?? shown}</div>
        <div className={classes.detail}>{details.filter(Boolean).join(" · ")}</div>
      </div>
      {number !== null && <CallLink number={number} customerId={call.customer?.id} />}
    </li>
  );
}
