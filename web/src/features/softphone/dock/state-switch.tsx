import { Menu } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";

import { codeLabel, useBreakReasons } from "@/shared/api/refs";
import { useLanguage } from "@/shared/i18n/use-language";
import { AGENT_STATE_TONES } from "@/shared/ui/agent-state-label";
import { RunningClock } from "@/shared/ui/running-clock";
import type { AgentView } from "@/shared/live/views";

import { useSetState } from "../api/agent-state";
import { isBusy } from "../model/agent-choices";
import classes from "./state-switch.module.css";

interface StateSwitchProps {
  me: AgentView | undefined;
  /** Show the colour only: a call needs the room. */
  compact: boolean;
}

/** What the agent is doing, since when, and the choice of what to do next. */
export function StateSwitch({ me, compact }: StateSwitchProps) {
  const { t } = useTranslation("softphone");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const reasons = useBreakReasons().data ?? [];
  const { mutate } = useSetState();
  const reasonLabel = (code: string | null): string => {
    const known = reasons.find((reason) => reason.code === code);
    return known === undefined ? (code ?? "") : codeLabel(known, language);
  };
  const word = (state: AgentView["state"], reason: string | null): string =>
    [shared(`agentState.${state}`), reasonLabel(reason)].filter(Boolean).join(" · ");

  const state = me?.state ?? "offline";
  const label = word(state, me?.reason ?? null);
  const next = me?.next ?? null;
  return (
    <Menu position="top-start" width={250} shadow="md" withinPortal>
      <Menu.Target>
        <button
          type="button"
          className={classes.switch}
          title={compact ? label : undefined}
          aria-label={t("state.change", { state: label })}
          data-shortcut-target="state"
        >
          <span className={classes.dot} data-tone={AGENT_STATE_TONES[state]} aria-hidden="true" />
          {!compact && (
            <span className={classes.words}>
              <span className={classes.state}>{label}</span>
              <span className={classes.since}>
                {next === null
                  ? me !== undefined && <RunningClock since={me.since} />
                  : t("state.next", { state: word(next.state, next.reason) })}
              </span>
            </span>
          )}
          <ChevronDown size={15} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {isBusy(me) && <Menu.Label>{t("state.nextHint")}</Menu.Label>}
        <Choice
          tone="good"
          text={isBusy(me) && next !== null ? t("state.cancelNext") : t("state.available")}
          onChoose={() => {
            mutate({ state: "available" });
          }}
        />
        <Menu.Divider />
        {reasons.length === 0 && (
          <Choice
            tone="warning"
            text={t("state.break")}
            onChoose={() => {
              mutate({ state: "break" });
            }}
          />
        )}
        {reasons.map(({ code }) => (
          <Choice
            key={code}
            tone="warning"
            text={t("state.breakWith", { reason: reasonLabel(code) })}
            onChoose={() => {
              mutate({ state: "break", reason: code });
            }}
          />
        ))}
        <Menu.Divider />
        <Choice
          tone="quiet"
          text={t("state.offline")}
          onChoose={() => {
            mutate({ state: "offline" });
          }}
        />
      </Menu.Dropdown>
    </Menu>
  );
}

interface ChoiceProps {
  tone: "good" | "warning" | "quiet";
  text: string;
  onChoose: () => void;
}

function Choice({ tone, text, onChoose }: ChoiceProps) {
  return (
    <Menu.Item leftSection={<span className={classes.dot} data-tone={tone} />} onClick={onChoose}>
      {text}
    </Menu.Item>
  );
}
