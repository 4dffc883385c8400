import { Group, Text, VisuallyHidden } from "@mantine/core";
import { AudioLines } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";
import { formatWhen } from "@/shared/format/date-time";
import { formatPhone } from "@/shared/format/phone-number";
import { otherNumber } from "@/shared/format/who";
import { useLanguage } from "@/shared/i18n/use-language";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { TextLink } from "@/shared/ui/text-link";

import type { CallEntry } from "../api/calls";
import { talkedMs, waitedMs } from "../model/times";
import { DirectionIcon } from "./direction-icon";
import { OutcomeLabel } from "./outcome-label";

/** The call log, a line per call. */
export function CallTable({ calls }: { calls: readonly CallEntry[] }) {
  const { t } = useTranslation("calls");
  const language = useLanguage();
  const columns: Column<CallEntry>[] = [
    { key: "who", header: t("columns.who"), main: true, cell: (call) => <Who call={call} /> },
    { key: "when", header: t("columns.when"), cell: (call) => formatWhen(call.started_at, language) },
    { key: "outcome", header: t("columns.outcome"), cell: (call) => <OutcomeLabel outcome={call.outcome} /> },
    { key: "agent", header: t("columns.agent"), cell: (call) => call.agent?.name ?? null },
    { key: "store", header: t("columns.store"), cell: (call) => call.store?.name ?? null },
    { key: "wait", header: t("columns.wait"), align: "end", cell: (call) => clock(waitedMs(call)) },
    { key: "talk", header: t("columns.talk"), align: "end", cell: (call) => clock(talkedMs(call)) },
    {
      key: "recording",
      header: t("columns.recording"),
      tight: true,
      cell: (call) =>
        call.recorded ? (
          <>
            <AudioLines size={17} aria-hidden="true" />
            <VisuallyHidden>{t("recorded")}</VisuallyHidden>
          </>
        ) : null,
    },
  ];
  return <DataTable label={t("title")} columns={columns} rows={calls} rowKey={({ id }) => id} />;
}

/** Nothing is said about what did not happen. */
function clock(ms: number): string | null {
  return ms === 0 ? null : formatClock(ms / 1000);
}

function Who({ call }: { call: CallEntry }) {
  const { t } = useTranslation("shared");
  const number = otherNumber(call);
  const shown = number === null ? t("withheld") : formatPhone(number);
  return (
    <Group gap="xs" wrap="nowrap">
      <DirectionIcon direction={call.direction} />
      <div>
        <TextLink to="/calls/$callId" params={{ callId: call.id }} fw={600} c="inherit">
          {call.customer?.name ?? shown}
        </TextLink>
        {call.customer !== null && (
          <Text size="xs" c="dimmed">
            {shown}
          </Text>
        )}
      </div>
    </Group>
  );
}
