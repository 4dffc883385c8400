import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatWhen } from "@/shared/format/date-time";
import { useLanguage } from "@/shared/i18n/use-language";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { StateLabel } from "@/shared/ui/state-label";
import { TextLink } from "@/shared/ui/text-link";

import type { FlowSummary } from "../api/views";
import { FlowMenu } from "./flow-menu";

interface FlowTableProps {
  flows: readonly FlowSummary[];
  onCopied: (id: string) => void;
}

export function FlowTable({ flows, onCopied }: FlowTableProps) {
  const { t } = useTranslation("flows");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const columns: Column<FlowSummary>[] = [
    {
      key: "name",
      header: t("name"),
      main: true,
      cell: ({ id, name, kind }) => (
        <>
          <TextLink to="/admin/flows/$flowId" params={{ flowId: id }} fw={600} c="inherit">
            {name}
          </TextLink>
          <Text size="xs" c="dimmed">
            {kind === "sub_flow" ? `${id} · ${t("subFlow")}` : id}
          </Text>
        </>
      ),
    },
    {
      key: "numbers",
      header: t("numbers"),
      cell: ({ dids }) => (dids.length === 0 ? null : dids.join(", ")),
    },
    { key: "state", header: t("state"), cell: (flow) => <FlowState flow={flow} /> },
    {
      key: "changed",
      header: t("changed"),
      cell: ({ updated_at, updated_by }) =>
        updated_by === ""
          ? formatWhen(updated_at, language)
          : t("changedBy", { when: formatWhen(updated_at, language), name: updated_by }),
    },
    {
      key: "menu",
      header: shared("actions"),
      tight: true,
      align: "end",
      cell: (flow) => <FlowMenu flow={flow} taken={flows.map(({ id }) => id)} onCopied={onCopied} />,
    },
  ];
  return <DataTable label={t("title")} columns={columns} rows={flows} rowKey={({ id }) => id} />;
}

function FlowState({ flow }: { flow: FlowSummary }) {
  const { t } = useTranslation("flows");
  const { published_version: version, changed, errors, warnings, lock } = flow;
  return (
    <Group gap={6}>
      {version === null ? (
        <StateLabel tone="quiet">{t("draftOnly")}</StateLabel>
      ) : (
        <StateLabel tone="good">{t("inService", { version })}</StateLabel>
      )}
      {version !== null && changed && <StateLabel tone="info">{t("draftChanged")}</StateLabel>}
      {errors > 0 && <StateLabel tone="bad">{t("errors", { count: errors })}</StateLabel>}
      {errors === 0 && warnings > 0 && <StateLabel tone="warning">{t("warnings", { count: warnings })}</StateLabel>}
      {lock !== null && (
        <StateLabel tone="aside" alive>
          {t("editing", { name: lock.name })}
        </StateLabel>
      )}
    </Group>
  );
}
