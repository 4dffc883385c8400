import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDuration } from "@/shared/format/duration";
import { useLanguage } from "@/shared/i18n/use-language";
import type { LiveQueueView } from "@/shared/live/views";
import { AGENT_STATE_TONES } from "@/shared/ui/agent-state-label";
import { Panel } from "@/shared/ui/panel";
import { StateLabel } from "@/shared/ui/state-label";

import { levelTone, presentStates, serviceLevel } from "../model/board";
import classes from "./queue-card.module.css";
import { WaitClock } from "./wait-clock";
import { WaitingList } from "./waiting-list";

/** One queue at this moment: who waits, who works, how today went. */
export function QueueCard({ queue }: { queue: LiveQueueView }) {
  const { t } = useTranslation("liveBoard");
  const language = useLanguage();
  const { today } = queue;
  const level = serviceLevel(today);
  const percent = new Intl.NumberFormat(language, { style: "percent" });
  return (
    <Panel
      title={queue.name}
      hint={
        queue.estimated_wait_s === null
          ? t("noEstimate")
          : t("estimate", { duration: formatDuration(queue.estimated_wait_s, language) })
      }
    >
      <dl className={classes.figures}>
        <Figure name={t("waiting")} strong>
          {queue.waiting.length.toLocaleString(language)}
        </Figure>
        <Figure name={t("longest")}>
          {queue.longest_waiting_since === null ? (
            "–"
          ) : (
            <WaitClock since={queue.longest_waiting_since} targetS={today.target_s} />
          )}
        </Figure>
        <Figure name={t("free")}>{queue.agents.available.toLocaleString(language)}</Figure>
        <Figure name={t("level")}>{level === null ? "–" : <Level level={level} text={percent.format(level)} />}</Figure>
      </dl>
      <WaitingList waiting={queue.waiting} targetS={today.target_s} />
      <Agents agents={queue.agents} />
      <Text size="xs" c="dimmed" mt="sm" className={classes.today ?? ""}>
        {t("today", {
          offered: today.offered,
          answered: today.answered,
          abandoned: today.abandoned,
          calledBack: today.called_back,
          target: today.target_s,
        })}
      </Text>
    </Panel>
  );
}

/** A share in its tone; below the goal a word says so too. */
function Level({ level, text }: { level: number; text: string }) {
  const { t } = useTranslation("liveBoard");
  const tone = levelTone(level);
  return (
    <span className={classes.level} data-tone={tone}>
      {text}
      {tone !== "good" && <span className={classes.word}>{t(tone === "bad" ? "farBelow" : "below")}</span>}
    </span>
  );
}

function Figure({ name, strong = false, children }: { name: string; strong?: boolean; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-strong={strong || undefined}>{children}</dd>
    </div>
  );
}

function Agents({ agents }: { agents: LiveQueueView["agents"] }) {
  const { t } = useTranslation("liveBoard");
  const { t: shared } = useTranslation("shared");
  const states = presentStates(agents);
  if (states.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("nobody")}
      </Text>
    );
  }
  return (
    <ul className={classes.states} aria-label={t("agents")}>
      {states.map(([state, count]) => (
        <li key={state}>
          <StateLabel tone={AGENT_STATE_TONES[state]}>
            {shared(`agentState.${state}`)} {count}
          </StateLabel>
        </li>
      ))}
    </ul>
  );
}
