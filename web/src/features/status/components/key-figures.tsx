import { SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatDuration } from "@/shared/format/duration";
import { useLanguage } from "@/shared/i18n/use-language";

import type { ServerStatus } from "../api/get-status";
import { HISTORY_S, type Sample } from "../model/call-history";
import { totalCalls } from "../model/outcomes";
import { FigureCard } from "./figure-card";
import { Sparkline } from "./sparkline";

interface KeyFiguresProps {
  status: ServerStatus;
  history: readonly Sample[];
}

export function KeyFigures({ status, history }: KeyFiguresProps) {
  const { t } = useTranslation("status");
  const language = useLanguage();
  const waiting = status.log_rows_waiting;
  return (
    <section aria-label={t("figures.label")}>
      <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: "sm", xs: "lg" }}>
        <FigureCard
          name={t("figures.active")}
          value={status.calls_active}
          hint={t("figures.activeHint", { duration: formatDuration(HISTORY_S, language) })}
          strong
        >
          <Sparkline history={history} />
        </FigureCard>
        <FigureCard
          name={t("figures.finished")}
          value={totalCalls(status.calls_finished)}
          hint={t("figures.finishedHint")}
        />
        <FigureCard
          name={t("figures.phones")}
          value={status.phones_registered}
          hint={t("figures.phonesHint", { count: status.phones_registered })}
        />
        <FigureCard name={t("figures.workers")} value={status.media_workers} hint={t("figures.workersHint")} />
      </SimpleGrid>
      {waiting > 0 && (
        <Text size="sm" mt="sm" c="dimmed">
          {t("figures.waiting", { count: waiting })}
        </Text>
      )}
    </section>
  );
}
