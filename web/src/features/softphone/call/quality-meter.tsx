import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";

import type { Quality, QualityLevel } from "../phone/quality";
import classes from "./call-meters.module.css";

const BARS: Record<QualityLevel, number> = { silent: 0, poor: 1, fair: 2, good: 3, excellent: 4 };
const HEIGHTS = ["25%", "50%", "75%", "100%"];

/** How the sound of the last seconds was, in bars and words; figures and advice on demand. */
export function QualityMeter({ quality }: { quality: Quality }) {
  const { t } = useTranslation("softphone");
  const language = useLanguage();
  const { level, lossPercent, jitterMs, rttMs } = quality;
  const loss = (lossPercent / 100).toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
  const figures = t("quality.figures", {
    loss,
    jitter: Math.round(jitterMs),
    delay: rttMs === null ? "–" : Math.round(rttMs / 2),
  });
  const word = t(`quality.level.${level}`);
  const advice = level === "fair" || level === "poor" || level === "silent" ? t(`quality.advice.${level}`) : null;
  return (
    <Tooltip
      withArrow
      multiline
      maw={280}
      events={{ hover: true, focus: true, touch: true }}
      label={advice === null ? figures : `${advice} ${figures}`}
    >
      <button
        type="button"
        className={classes.quality}
        data-level={level}
        aria-label={t("quality.label", { level: word })}
      >
        <span className={classes.bars} aria-hidden="true">
          {HEIGHTS.map((height, index) => (
            <i key={height} style={{ height }} data-on={index < BARS[level] || undefined} />
          ))}
        </span>
        {word}
      </button>
    </Tooltip>
  );
}
