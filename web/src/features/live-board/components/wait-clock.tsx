import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";
import { useNow } from "@/shared/format/use-now";

import { waitTone } from "../model/board";
import classes from "./wait-clock.module.css";

interface WaitClockProps {
  since: string;
  targetS: number;
}

/** A wait that goes on; beyond the target a word says so too, not the colour alone. */
export function WaitClock({ since, targetS }: WaitClockProps) {
  const { t } = useTranslation("liveBoard");
  const waited = Math.max(0, (useNow() - Date.parse(since)) / 1000);
  const tone = waitTone(waited, targetS);
  return (
    <time className={classes.clock} data-tone={tone} aria-live="off">
      {formatClock(waited)}
      {tone !== "good" && <span className={classes.word}>{t(tone === "bad" ? "farOver" : "over")}</span>}
    </time>
  );
}
