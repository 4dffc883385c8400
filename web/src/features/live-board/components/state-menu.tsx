import { Button, Menu } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";

import { codeLabel, useBreakReasons } from "@/shared/api/refs";
import { useLanguage } from "@/shared/i18n/use-language";
import type { AgentView } from "@/shared/live/views";

import { useForceState, type ForcedState } from "../api/force-state";

/** Lets a supervisor put an agent into a state, at once or after the call. */
export function StateMenu({ agent }: { agent: AgentView }) {
  const { t } = useTranslation("liveBoard");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const reasons = useBreakReasons();
  const force = useForceState(t("forced", { name: agent.name }));
  const set = (state: ForcedState, reason?: string) => {
    force.mutate({ id: agent.id, state, ...(reason !== undefined && { reason }) });
  };
  return (
    <Menu position="bottom-end" withArrow>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          rightSection={<ChevronDown size={14} />}
          loading={force.isPending}
          aria-label={t("change", { name: agent.name })}
        >
          {t("columns.change")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {agent.state === "on_call" && <Menu.Label>{t("afterCall")}</Menu.Label>}
        <Menu.Item
          onClick={() => {
            set("available");
          }}
        >
          {shared("agentState.available")}
        </Menu.Item>
        {(reasons.data ?? []).map((reason) => (
          <Menu.Item
            key={reason.id}
            onClick={() => {
              set("break", reason.code);
            }}
          >
            {shared("agentState.break")} · {codeLabel(reason, language)}
          </Menu.Item>
        ))}
        <Menu.Item
          onClick={() => {
            set("offline");
          }}
        >
          {shared("agentState.offline")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
