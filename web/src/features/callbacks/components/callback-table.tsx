import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatWhen } from "@/shared/format/date-time";
import { formatPhone } from "@/shared/format/phone-number";
import { useLanguage } from "@/shared/i18n/use-language";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { RunningClock } from "@/shared/ui/running-clock";
import { StateLabel, type Tone } from "@/shared/ui/state-label";

import type { Callback, CallbackState } from "../api/callbacks";

const TONES: Record<CallbackState, Tone> = {
  pending: "info",
  dialling: "aside",
  done: "good",
  failed: "bad",
  expired: "warning",
  cancelled: "quiet",
  resumed: "good",
};

interface CallbackTableProps {
  callbacks: readonly Callback[];
  /** Calls one off; null: the person may not. */
  onCancel: ((callback: Callback) => void) | null;
}

export function CallbackTable({ callbacks, onCancel }: CallbackTableProps) {
  const { t } = useTranslation("callbacks");
  const language = useLanguage();
  const columns: Column<Callback>[] = [
    {
      key: "who",
      header: t("columns.number"),
      main: true,
      cell: (callback) => (
        <>
          <Text fw={600} size="sm">
            {callback.customer_name || formatPhone(callback.number)}
          </Text>
          <Text size="xs" c="dimmed">
            {[callback.customer_name && formatPhone(callback.number), callback.note].filter(Boolean).join(" · ")}
          </Text>
        </>
      ),
    },
    { key: "queue", header: t("columns.queue"), cell: ({ queue_name }) => queue_name },
    {
      key: "state",
      header: t("columns.state"),
      cell: ({ state }) => (
        <StateLabel tone={TONES[state]} alive={state === "dialling"}>
          {t(`state.${state}`)}
        </StateLabel>
      ),
    },
    {
      key: "since",
      header: t("columns.since"),
      cell: ({ open, waiting_since }) =>
        open ? <RunningClock since={waiting_since} /> : formatWhen(waiting_since, language),
    },
    { key: "attempts", header: t("columns.attempts"), align: "end", cell: ({ attempts }) => attempts },
    {
      key: "next",
      header: t("columns.next"),
      cell: ({ open, not_before, closed_at }) => {
        if (!open) return closed_at === null ? "–" : t("closed", { when: formatWhen(closed_at, language) });
        return not_before === null ? t("whenFree") : t("notBefore", { when: formatWhen(not_before, language) });
      },
    },
  ];
  if (onCancel !== null) {
    columns.push({
      key: "cancel",
      header: t("cancel"),
      tight: true,
      cell: (callback) =>
        callback.open ? (
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            onClick={() => {
              onCancel(callback);
            }}
          >
            {t("cancel")}
          </Button>
        ) : (
          "–"
        ),
    });
  }
  return <DataTable label={t("title")} columns={columns} rows={callbacks} rowKey={({ id }) => id} />;
}
