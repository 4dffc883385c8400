import { Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";

import type { SegmentEntry } from "../api/calls";
import { axisStep, toBars, totals } from "../model/timeline";
import { useSegmentWords } from "../model/use-segment-words";
import classes from "./segment-timeline.module.css";

/** A call as one line of coloured stretches: who had the caller, and when. The same in words for screen readers. */
export function SegmentTimeline({ segments }: { segments: readonly SegmentEntry[] }) {
  const { t } = useTranslation("calls");
  const words = useSegmentWords();
  const bars = toBars(segments);
  const end = segments.at(-1)?.end_ms ?? 0;
  if (bars.length === 0) return <Text c="dimmed">{t("segments.none")}</Text>;
  const step = axisStep(end);
  const marks = Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step).filter(
    // A mark at the very end would stand out of the picture.
    (mark) => mark / end < 0.94,
  );
  return (
    <div>
      <ol className={classes.line} aria-label={t("segments.title")}>
        {bars.map(({ key, kind, segment, share }) => (
          <Tooltip
            key={key}
            label={<Details segment={segment} />}
            withArrow
            events={{ hover: true, focus: true, touch: true }}
          >
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the tooltip opens by keyboard too */}
            <li className={classes.bar} data-kind={kind} style={{ flexGrow: share }} tabIndex={0}>
              <span className={classes.name}>{words.kind(kind)}</span>
              <span className={classes.who}>{words.who(segment)}</span>
            </li>
          </Tooltip>
        ))}
      </ol>
      <div className={classes.axis} aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark} style={{ left: `${(mark / end) * 100}%` }}>
            {formatClock(mark / 1000)}
          </span>
        ))}
      </div>
      <ul className={classes.legend}>
        {totals(segments).map(({ kind, ms }) => (
          <li key={kind}>
            <span className={classes.swatch} data-kind={kind} aria-hidden="true" />
            {words.kind(kind)} <strong>{formatClock(ms / 1000)}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Details({ segment }: { segment: SegmentEntry }) {
  const words = useSegmentWords();
  const from = formatClock(segment.start_ms / 1000);
  const to = formatClock(segment.end_ms / 1000);
  const length = formatClock((segment.end_ms - segment.start_ms) / 1000);
  return (
    <>
      <strong>{words.kind(segment.kind)}</strong> {words.who(segment)}
      <br />
      {from} – {to} ({length})
    </>
  );
}
