import { Star, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import type { LiveCallView } from "@/shared/live/views";

import { initials } from "../model/initials";
import { otherNumber } from "../model/my-calls";
import classes from "./caller-card.module.css";

interface CallerCardProps {
  name: string;
  call: LiveCallView | null;
  ringing?: boolean;
}

/** Who is on the other side. */
export function CallerCard({ name, call, ringing = false }: CallerCardProps) {
  const { t } = useTranslation("softphone");
  const letters = initials(name);
  const vip = call?.customer?.vip_level ?? 0;
  const number = call === null ? null : otherNumber(call);
  return (
    <div className={classes.card}>
      <span
        className={classes.avatar}
        data-ringing={ringing || undefined}
        data-vip={vip > 0 || undefined}
        aria-hidden="true"
      >
        {letters === "" ? <UserRound size={22} /> : letters}
      </span>
      <div className={classes.who}>
        <h3 className={classes.name}>{name}</h3>
        {call !== null && (
          <div className={classes.line}>
            {vip > 0 && (
              <span className={classes.vip}>
                <Star size={11} fill="currentColor" aria-hidden="true" />
                {t("caller.vip", { level: vip })}
              </span>
            )}
            {number === null ? t("caller.withheld") : formatPhone(number)}
          </div>
        )}
      </div>
    </div>
  );
}
