import { Button, Text } from "@mantine/core";
import { Coffee, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { codeLabel, useBreakReasons } from "@/shared/api/refs";
import { useChange } from "@/shared/api/use-change";
import { useLanguage } from "@/shared/i18n/use-language";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { EmptyState } from "@/shared/ui/empty-state";
import { QueryState } from "@/shared/ui/query-state";
import { SectionHeading } from "@/shared/ui/section-heading";

import { addBreakReason, BREAK_REASONS, removeBreakReason, type BreakReason } from "../api/codes";
import { CodeForm } from "./code-form";

/** Why agents take breaks. */
export function BreakReasonPanel() {
  const { t } = useTranslation("codes");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const reasons = useBreakReasons();
  const [adding, setAdding] = useState(false);
  const add = useChange(addBreakReason, { touches: [BREAK_REASONS], inForm: true });
  const remove = useChange(removeBreakReason, { touches: [BREAK_REASONS], done: shared("deleted") });
  const columns: Column<BreakReason>[] = [
    {
      key: "label",
      header: t("name"),
      main: true,
      cell: (reason) => (
        <Text fw={600} size="sm">
          {codeLabel(reason, language)}
        </Text>
      ),
    },
    { key: "code", header: t("code"), cell: ({ code }) => <code>{code}</code> },
    {
      key: "remove",
      header: shared("remove"),
      tight: true,
      cell: ({ id }) => (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          onClick={() => {
            remove.mutate(id);
          }}
        >
          {shared("remove")}
        </Button>
      ),
    },
  ];
  return (
    <section>
      <SectionHeading title={t("breaks")} hint={t("breaksHint")}>
        <Button
          leftSection={<Plus size={16} />}
          onClick={() => {
            setAdding(true);
          }}
        >
          {t("addBreak")}
        </Button>
      </SectionHeading>
      <QueryState query={reasons} data={reasons.data} lines={3}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={Coffee} title={t("noBreaks")} text={t("noBreaksText")} />
          ) : (
            <DataTable label={t("breaks")} columns={columns} rows={rows} rowKey={({ id }) => id} />
          )
        }
      </QueryState>
      {adding && (
        <CodeForm
          title={t("addBreak")}
          entry={null}
          isDisposition={false}
          busy={add.isPending}
          error={add.error}
          onClose={() => {
            setAdding(false);
          }}
          onSave={({ code, label, label_en, position }) => {
            add.mutate(
              { code, label, label_en, position },
              {
                onSuccess: () => {
                  setAdding(false);
                },
              },
            );
          }}
        />
      )}
    </section>
  );
}
