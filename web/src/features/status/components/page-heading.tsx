import { Group, Text, Title } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { formatAgo, formatDuration } from "@/shared/format/duration";
import { useNow } from "@/shared/format/use-now";
import { useLanguage } from "@/shared/i18n/use-language";
import { StateLabel, type Tone } from "@/shared/ui/state-label";

import type { ServerStatus, StatusReport } from "../api/get-status";

interface PageHeadingProps {
  report: StatusReport | undefined;
  away: boolean;
  /** When the report came, milliseconds since 1970. */
  seenAt: number;
}

const TONES: Record<ServerStatus["state"], Tone> = { running: "good", draining: "warning" };

export function PageHeading({ report, away, seenAt }: PageHeadingProps) {
  const { t } = useTranslation("status");
  const status = report?.status;
  useEffect(() => {
    document.title =
      status === undefined ? t("title") : t("documentTitle", { count: status.calls_active, name: status.name });
  }, [status, t]);
  return (
    <header>
      <Group gap="sm" justify="space-between">
        <Title order={1} size="h2">
          {t("title")}
        </Title>
        {away && <StateLabel tone="bad">{t("state.unknown")}</StateLabel>}
        {!away && status !== undefined && (
          <StateLabel tone={TONES[status.state]} alive>
            {t(`state.${status.state}`)}
          </StateLabel>
        )}
      </Group>
      {status !== undefined && <Age status={status} seenAt={seenAt} />}
    </header>
  );
}

function Age({ status, seenAt }: { status: ServerStatus; seenAt: number }) {
  const { t } = useTranslation("status");
  const language = useLanguage();
  const now = useNow();
  const duration = formatDuration((seenAt - Date.parse(status.started_at)) / 1000, language);
  return (
    <Group gap="xs" justify="space-between" mt={4}>
      <Text size="sm" c="dimmed">
        {t("upFor", { version: status.version, duration })}
      </Text>
      <Text size="sm" c="dimmed">
        {t("updated", { ago: formatAgo((now - seenAt) / 1000, language) })}
      </Text>
    </Group>
  );
}
