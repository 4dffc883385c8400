import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";
import { formatPhone } from "@/shared/format/phone-number";
import { useLanguage } from "@/shared/i18n/use-language";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { StateLabel } from "@/shared/ui/state-label";

import type { LegEntry } from "../api/calls";
import { qualityOf } from "../model/quality";

/** Everybody who took part or was rung, and how well they could be heard. */
export function LegTable({ legs }: { legs: readonly LegEntry[] }) {
  const { t } = useTranslation("calls");
  const language = useLanguage();
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const orNone = (value: number | null, text: (value: number) => string) => (value === null ? null : text(value));
  const columns: Column<LegEntry>[] = [
    {
      key: "who",
      header: t("legs.who"),
      main: true,
      cell: (leg) => (
        <>
          <Text fw={600} size="sm">
            {leg.agent?.name ?? formatPhone(leg.peer)}
          </Text>
          <Text size="xs" c="dimmed">
            {leg.agent === null ? t(`legs.${leg.direction === "inbound" ? "called" : "rung"}`) : formatPhone(leg.peer)}
          </Text>
        </>
      ),
    },
    {
      key: "time",
      header: t("legs.time"),
      cell: (leg) =>
        leg.answered_ms === null
          ? t("legs.notAnswered")
          : `${formatClock(leg.answered_ms / 1000)} – ${orNone(leg.ended_ms, (value) => formatClock(value / 1000))}`,
    },
    { key: "codec", header: t("legs.codec"), cell: (leg) => leg.codec },
    { key: "quality", header: t("legs.quality"), cell: (leg) => (leg.mos === null ? null : <Quality mos={leg.mos} />) },
    {
      key: "loss",
      header: t("legs.loss"),
      align: "end",
      cell: (leg) => orNone(leg.packets_lost, (lost) => number.format(lost)),
    },
    {
      key: "jitter",
      header: t("legs.jitter"),
      align: "end",
      cell: (leg) => orNone(leg.jitter_ms, (ms) => `${number.format(ms)} ms`),
    },
    {
      key: "delay",
      header: t("legs.delay"),
      align: "end",
      cell: (leg) => orNone(leg.round_trip_ms, (ms) => `${number.format(ms)} ms`),
    },
  ];
  return <DataTable label={t("legs.title")} columns={columns} rows={legs} rowKey={({ id }) => id} />;
}

function Quality({ mos }: { mos: number }) {
  const { t } = useTranslation("calls");
  const language = useLanguage();
  const { word, tone } = qualityOf(mos);
  return (
    <StateLabel tone={tone}>
      {t(`legs.${word}`)} {mos.toLocaleString(language, { maximumFractionDigits: 1 })}
    </StateLabel>
  );
}
