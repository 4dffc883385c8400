import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useQueues, useStores } from "@/shared/api/refs";
import type { AgentView } from "@/shared/live/views";
import { includesRole, useSession } from "@/shared/session/session";
import { AgentStateLabel } from "@/shared/ui/agent-state-label";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { RunningClock } from "@/shared/ui/running-clock";

import { sortAgents } from "../model/board";
import { useReasonLabel } from "../model/use-reason-label";
import { StateMenu } from "./state-menu";

/** Agents with what they do and for how long; supervisors may change it. */
export function AgentTable({ agents }: { agents: readonly AgentView[] }) {
  const { t } = useTranslation("liveBoard");
  const { t: shared } = useTranslation("shared");
  const session = useSession();
  const stores = useStores();
  const queues = useQueues();
  const reasonLabel = useReasonLabel();
  const names = (list: readonly { id: string; name: string }[] = [], ids: readonly string[]) =>
    list
      .filter(({ id }) => ids.includes(id))
      .map(({ name }) => name)
      .join(", ") || "–";
  const columns: Column<AgentView>[] = [
    {
      key: "name",
      header: t("columns.agent"),
      main: true,
      cell: (agent) => (
        <>
          <Text fw={600} size="sm">
            {agent.name}
          </Text>
          <Text size="xs" c="dimmed">
            {agent.extension ?? t("noExtension")}
          </Text>
        </>
      ),
    },
    {
      key: "state",
      header: t("columns.state"),
      cell: (agent) => (
        <>
          <AgentStateLabel state={agent.state} reason={reasonLabel(agent.reason)} />
          {agent.next !== null && (
            <Text size="xs" c="dimmed" mt={2}>
              {t("next", { state: shared(`agentState.${agent.next.state}`) })}
            </Text>
          )}
        </>
      ),
    },
    { key: "since", header: t("columns.since"), align: "end", cell: (agent) => <RunningClock since={agent.since} /> },
    { key: "queues", header: t("columns.queues"), cell: (agent) => names(queues.data, agent.queue_ids) },
    { key: "store", header: t("columns.store"), cell: (agent) => names(stores.data, agent.store_ids) },
  ];
  if (includesRole(session, "supervisor")) {
    columns.push({
      key: "change",
      header: t("columns.change"),
      tight: true,
      cell: (agent) => <StateMenu agent={agent} />,
    });
  }
  return <DataTable label={t("agents")} columns={columns} rows={sortAgents(agents)} rowKey={({ id }) => id} />;
}
