import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";
import { Panel } from "@/shared/ui/panel";

import { outcomeBars, totalCalls, type OutcomeBar } from "../model/outcomes";
import classes from "./outcome-chart.module.css";

/** Finished calls by outcome: the numbers are written, the bars compare them. */
export function OutcomeChart({ counts }: { counts: Readonly<Record<string, number>> }) {
  const { t } = useTranslation("status");
  return (
    <Panel title={t("outcomes.title")} hint={t("outcomes.hint")}>
      <ul className={classes.chart}>
        {outcomeBars(counts).map((bar) => (
          <Bar key={bar.outcome} bar={bar} />
        ))}
      </ul>
      {totalCalls(counts) === 0 && (
        <Text size="sm" c="dimmed" mt="md">
          {t("outcomes.none")}
        </Text>
      )}
    </Panel>
  );
}

function Bar({ bar }: { bar: OutcomeBar }) {
  const { t } = useTranslation("status");
  const language = useLanguage();
  const percent = (share: number) => share.toLocaleString(language, { style: "percent" });
  const share = bar.share < 0.01 ? `< ${percent(0.01)}` : percent(bar.share);
  return (
    <li className={classes.row} data-empty={bar.count === 0 || undefined}>
      <span className={classes.name}>
        {bar.known === null ? bar.outcome.replaceAll("_", " ") : t(`outcomes.${bar.known}`)}
      </span>
      <span className={classes.track} aria-hidden="true">
        <span className={classes.bar} style={{ width: `${bar.length * 100}%`, background: `var(--cc-${bar.tone})` }} />
      </span>
      <span className={classes.count}>{bar.count.toLocaleString(language)}</span>
      <span className={classes.share}>{bar.count > 0 && share}</span>
    </li>
  );
}
