import { Stack, Switch } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { LayoutGrid, UsersRound } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useAgents, useLiveQueues } from "@/shared/live/live-lists";
import type { LiveQueueView } from "@/shared/live/views";
import { EmptyState } from "@/shared/ui/empty-state";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";

import { AgentTable } from "./components/agent-table";
import { QueueCard } from "./components/queue-card";
import classes from "./live-board-page.module.css";
import { sortQueues } from "./model/board";

/** What goes on in the queues right now, and who works in them. */
export function LiveBoardPage() {
  const { t } = useTranslation("liveBoard");
  const queues = useLiveQueues();
  const agents = useAgents();
  const [stores, setStores] = useLocalStorage({ key: "callcenter.board.stores", defaultValue: true });
  const shown = (all: readonly LiveQueueView[]) =>
    sortQueues(all.filter(({ store_id, waiting }) => stores || store_id === null || waiting.length > 0));
  return (
    <Stack gap="xl">
      <section>
        <PageTitle title={t("title")} hint={t("hint")}>
          <Switch
            label={t("showStores")}
            checked={stores}
            onChange={({ currentTarget }) => {
              setStores(currentTarget.checked);
            }}
          />
        </PageTitle>
        <QueryState query={queues} data={queues.data} lines={3}>
          {(data) =>
            data.length === 0 ? (
              <EmptyState icon={LayoutGrid} title={t("noQueues")} text={t("noQueuesText")} />
            ) : (
              <div className={classes.cards}>
                {shown(data).map((queue) => (
                  <QueueCard key={queue.id} queue={queue} />
                ))}
              </div>
            )
          }
        </QueryState>
      </section>
      <section>
        <h2 className={classes.heading}>{t("agents")}</h2>
        <QueryState query={agents} data={agents.data} lines={4}>
          {(data) =>
            data.length === 0 ? (
              <EmptyState icon={UsersRound} title={t("noAgents")} text={t("noAgentsText")} />
            ) : (
              <AgentTable agents={data} />
            )
          }
        </QueryState>
      </section>
    </Stack>
  );
}
