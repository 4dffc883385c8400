import { Code, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatExact, formatWhen } from "@/shared/format/date-time";
import { useLanguage } from "@/shared/i18n/use-language";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { StateLabel, type Tone } from "@/shared/ui/state-label";

import type { AuditEntry } from "../api/audit";
import { actionText } from "../model/action-text";
import { changes } from "../model/changes";

const TONES: Record<AuditEntry["outcome"], Tone> = { done: "good", refused: "warning", failed: "bad" };

interface AuditTableProps {
  entries: readonly AuditEntry[];
  /** Names of users by their ids. */
  names: ReadonlyMap<string, string>;
}

/** The audit log, newest first. */
export function AuditTable({ entries, names }: AuditTableProps) {
  const { t } = useTranslation("audit");
  const language = useLanguage();
  const columns: Column<AuditEntry>[] = [
    {
      key: "action",
      header: t("columns.action"),
      main: true,
      cell: (entry) => (
        <>
          <Text fw={600} size="sm">
            <Action action={entry.action} />
          </Text>
          {entry.target !== null && (
            <Text size="xs" c="dimmed">
              {entry.target}
            </Text>
          )}
        </>
      ),
    },
    {
      key: "who",
      header: t("columns.who"),
      cell: (entry) => names.get(entry.user_id ?? "") ?? entry.login ?? t("system"),
    },
    {
      key: "at",
      header: t("columns.at"),
      cell: (entry) => <time title={formatExact(entry.at, language)}>{formatWhen(entry.at, language)}</time>,
    },
    { key: "source", header: t("columns.source"), cell: (entry) => entry.source || "–" },
    {
      key: "outcome",
      header: t("columns.outcome"),
      cell: (entry) => <StateLabel tone={TONES[entry.outcome]}>{t(`outcome.${entry.outcome}`)}</StateLabel>,
    },
    { key: "changes", header: t("columns.changes"), cell: (entry) => <Changes entry={entry} /> },
  ];
  return <DataTable label={t("title")} columns={columns} rows={entries} rowKey={({ id }) => id} />;
}

function Changes({ entry }: { entry: AuditEntry }) {
  const list = changes(entry.before, entry.after);
  if (list.length === 0) return "–";
  return list.map(({ field, before, after }) => (
    <Text key={field} size="xs" style={{ overflowWrap: "anywhere" }}>
      {field}: {before !== "" && <Code>{before}</Code>} → <Code>{after === "" ? "∅" : after}</Code>
    </Text>
  ));
}

function Action({ action }: { action: string }) {
  const { t } = useTranslation("audit");
  const text = actionText(action);
  return <span title={action}>{text === null ? action : t(`actions.${text}`)}</span>;
}
