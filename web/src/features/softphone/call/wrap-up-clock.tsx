import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";
import { useNow } from "@/shared/format/use-now";

import classes from "./wrap-up-panel.module.css";

const RADIUS = 24;
const LENGTH = 2 * Math.PI * RADIUS;
const SOON_S = 5;

/** How much of the wrap-up is left, as a ring that closes. */
export function WrapUpClock({ endsAt }: { endsAt: string }) {
  const { t } = useTranslation("softphone");
  const now = useNow(250);
  const left = Math.max(0, (Date.parse(endsAt) - now) / 1000);
  const [most, setMost] = useState({ endsAt, left });
  // More time was given: the ring is full again.
  if (most.endsAt !== endsAt) setMost({ endsAt, left });
  const time = formatClock(Math.ceil(left));
  return (
    <svg className={classes.ring} viewBox="0 0 56 56" role="timer" aria-label={t("wrapUp.left", { time })}>
      <circle className={classes.track} cx="28" cy="28" r={RADIUS} />
      <circle
        className={classes.left}
        data-soon={left <= SOON_S || undefined}
        cx="28"
        cy="28"
        r={RADIUS}
        strokeDasharray={LENGTH}
        strokeDashoffset={LENGTH * (1 - (most.left === 0 ? 0 : Math.min(1, left / most.left)))}
      />
      <text className={classes.time} x="28" y="29">
        {time}
      </text>
    </svg>
  );
}
