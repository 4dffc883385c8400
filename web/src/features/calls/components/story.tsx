import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";

import type { EventEntry } from "../api/calls";
import { storyLines } from "../model/story";
import { en } from "../texts/en";
import classes from "./story.module.css";

type Kind = keyof typeof en.story.kind;

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(en.story.kind, kind);
}

/** As many lines as are shown at once. */
const SHOWN = 12;

/** What happened in a call, line by line. */
export function Story({ events }: { events: readonly EventEntry[] }) {
  const { t } = useTranslation("calls");
  const [all, setAll] = useState(false);
  const lines = storyLines(events);
  if (lines.length === 0) return <Text c="dimmed">{t("story.none")}</Text>;
  const hidden = all ? 0 : Math.max(0, lines.length - SHOWN);
  return (
    <>
      <ol className={classes.lines}>
        {lines.slice(0, lines.length - hidden).map(({ at_ms, kind, details }, index) => (
          <li key={`${at_ms}-${index}`} className={classes.line}>
            <span className={classes.at}>{formatClock(at_ms / 1000)}</span>
            <span>
              {isKind(kind) ? t(`story.kind.${kind}`) : kind}
              {details !== "" && <bdi className={classes.details}>{details}</bdi>}
            </span>
          </li>
        ))}
      </ol>
      {hidden > 0 && (
        <Button
          variant="subtle"
          size="compact-sm"
          ml={-8}
          onClick={() => {
            setAll(true);
          }}
        >
          {t("story.more", { count: hidden })}
        </Button>
      )}
    </>
  );
}
