import { useTranslation } from "react-i18next";

import type { AgentState } from "@/shared/live/views";
import { StateLabel, type Tone } from "@/shared/ui/state-label";

export const AGENT_STATE_TONES: Record<AgentState, Tone> = {
  available: "good",
  offered: "info",
  on_call: "info",
  wrap_up: "aside",
  break: "warning",
  not_responding: "bad",
  unreachable: "bad",
  offline: "quiet",
};

interface AgentStateLabelProps {
  state: AgentState;
  /** The reason of a break, said after the state. */
  reason?: string | null;
}

export function AgentStateLabel({ state, reason = null }: AgentStateLabelProps) {
  const { t } = useTranslation("shared");
  return (
    <StateLabel tone={AGENT_STATE_TONES[state]} alive={state === "offered"}>
      {t(`agentState.${state}`)}
      {reason !== null && reason !== "" && ` · ${reason}`}
    </StateLabel>
  );
}
