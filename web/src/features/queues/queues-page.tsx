import { Button, Stack, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { ListTree, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useQueues } from "@/shared/api/refs";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { EmptyState } from "@/shared/ui/empty-state";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";
import { StateLabel } from "@/shared/ui/state-label";
import { TextLink } from "@/shared/ui/text-link";

import type { Queue } from "./api/queues";
import { NewQueueForm } from "./components/new-queue-form";

/** All queues, those of stores too. */
export function QueuesPage() {
  const { t } = useTranslation("queues");
  const navigate = useNavigate();
  const queues = useQueues();
  const [adding, setAdding] = useState(false);
  const columns: Column<Queue>[] = [
    {
      key: "name",
      header: t("name"),
      main: true,
      cell: (queue) => (
        <>
          <TextLink to="/admin/queues/$queueId" params={{ queueId: queue.id }} fw={600} c="inherit">
            {queue.name}
          </TextLink>
          <Text size="xs" c="dimmed">
            {queue.code}
          </Text>
        </>
      ),
    },
    {
      key: "strategy",
      header: t("field.strategy.label"),
      cell: ({ settings }) => t(`choice.${settings.strategy}`),
    },
    { key: "members", header: t("members.title"), align: "end", cell: ({ members }) => members.length },
    {
      key: "state",
      header: t("state"),
      tight: true,
      cell: ({ enabled, implied }) =>
        enabled ? (
          <StateLabel tone={implied ? "quiet" : "good"}>{implied ? t("implied") : t("open")}</StateLabel>
        ) : (
          <StateLabel tone="warning">{t("off")}</StateLabel>
        ),
    },
  ];
  return (
    <Stack>
      <PageTitle title={t("title")} hint={t("hint")}>
        <Button
          leftSection={<Plus size={16} />}
          onClick={() => {
            setAdding(true);
          }}
        >
          {t("add")}
        </Button>
      </PageTitle>
      <QueryState query={queues} data={queues.data}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={ListTree} title={t("none")} text={t("noneText")} />
          ) : (
            <DataTable label={t("title")} columns={columns} rows={rows} rowKey={({ id }) => id} />
          )
        }
      </QueryState>
      {adding && (
        <NewQueueForm
          onClose={() => {
            setAdding(false);
          }}
          onAdded={({ id }) => {
            void navigate({ to: "/admin/queues/$queueId", params: { queueId: id } });
          }}
        />
      )}
    </Stack>
  );
}
