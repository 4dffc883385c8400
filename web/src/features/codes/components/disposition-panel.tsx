import { Button, Group, Text } from "@mantine/core";
import { Plus, Tags } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { codeLabel, useQueues } from "@/shared/api/refs";
import { useChange } from "@/shared/api/use-change";
import { useLanguage } from "@/shared/i18n/use-language";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { EmptyState } from "@/shared/ui/empty-state";
import { QueryState } from "@/shared/ui/query-state";
import { SectionHeading } from "@/shared/ui/section-heading";
import { StateLabel } from "@/shared/ui/state-label";

import { DISPOSITIONS, removeDisposition, saveDisposition, useEveryDisposition, type Disposition } from "../api/codes";
import { CodeForm } from "./code-form";

/** What agents choose from to say what a call was about. */
export function DispositionPanel() {
  const { t } = useTranslation("codes");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const codes = useEveryDisposition();
  const queues = useQueues();
  const [edited, setEdited] = useState<Disposition | "new" | null>(null);
  const save = useChange(saveDisposition, { touches: [DISPOSITIONS], inForm: true });
  const remove = useChange(removeDisposition, { touches: [DISPOSITIONS], done: shared("deleted") });
  const columns: Column<Disposition>[] = [
    {
      key: "label",
      header: t("name"),
      main: true,
      cell: (entry) => (
        <Text fw={600} size="sm">
          {codeLabel(entry, language)}
        </Text>
      ),
    },
    { key: "code", header: t("code"), cell: ({ code }) => <code>{code}</code> },
    {
      key: "queues",
      header: t("queues"),
      cell: ({ queue_ids }) =>
        queue_ids === null
          ? shared("all")
          : (queues.data ?? [])
              .filter(({ id }) => queue_ids.includes(id))
              .map(({ name }) => name)
              .join(", "),
    },
    {
      key: "active",
      header: t("state"),
      cell: ({ active, system }) => (
        <Group gap={6}>
          <StateLabel tone={active ? "good" : "quiet"}>{active ? t("offered") : t("off")}</StateLabel>
          {system && <StateLabel tone="aside">{t("system")}</StateLabel>}
        </Group>
      ),
    },
    {
      key: "actions",
      header: shared("actions"),
      tight: true,
      cell: (entry) => (
        <Group gap={4} wrap="nowrap">
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              setEdited(entry);
            }}
          >
            {shared("edit")}
          </Button>
          {!entry.system && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              onClick={() => {
                remove.mutate(entry.id);
              }}
            >
              {shared("remove")}
            </Button>
          )}
        </Group>
      ),
    },
  ];
  return (
    <section>
      <SectionHeading title={t("dispositions")} hint={t("dispositionsHint")}>
        <Button
          leftSection={<Plus size={16} />}
          onClick={() => {
            setEdited("new");
          }}
        >
          {t("addDisposition")}
        </Button>
      </SectionHeading>
      <QueryState query={codes} data={codes.data}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={Tags} title={t("noDispositions")} text={t("noDispositionsText")} />
          ) : (
            <DataTable label={t("dispositions")} columns={columns} rows={rows} rowKey={({ id }) => id} />
          )
        }
      </QueryState>
      {edited !== null && (
        <CodeForm
          title={edited === "new" ? t("addDisposition") : codeLabel(edited, language)}
          entry={edited === "new" ? null : edited}
          isDisposition
          busy={save.isPending}
          error={save.error}
          onClose={() => {
            setEdited(null);
          }}
          onSave={(values) => {
            save.mutate(
              { id: edited === "new" ? null : edited.id, ...values },
              {
                onSuccess: () => {
                  setEdited(null);
                },
              },
            );
          }}
        />
      )}
    </section>
  );
}
