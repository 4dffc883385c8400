import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { AgentView } from "@/shared/live/views";

import { phoneStatus } from "../model/phone-status";
import { useIsPhone, usePhone } from "../state/current-softphone";
import { DialField } from "./dial-field";
import { MissedNotice } from "./missed-notice";

/** The softphone while nothing rings: whether it could, and a field to call somebody. */
export function IdlePanel({ me }: { me: AgentView | undefined }) {
  const { t } = useTranslation("softphone");
  const phone = usePhone();
  const isPhone = useIsPhone();
  const ready = me?.state === "available" && phoneStatus(phone, me).tone === "good";
  return (
    <Stack gap="md">
      <MissedNotice me={me} />
      {me?.state !== "not_responding" && (
        <div>
          <Text fw={620}>{ready ? t("idle.ready") : t("idle.away")}</Text>
          <Text size="sm" c="dimmed">
            {ready ? t("idle.readyHint") : me?.state === "unreachable" ? t("state.unreachable") : t("idle.awayHint")}
          </Text>
        </div>
      )}
      <DialField />
      {!isPhone && phone.line === "registered" && (
        <Text size="xs" c="dimmed">
          {t("elsewhere")}
        </Text>
      )}
    </Stack>
  );
}
