import { Anchor, Modal, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { SignInForm } from "@/features/login/components/sign-in-form";
import { useLive } from "@/shared/live/live-provider";
import { forgetExpiry, useSessionExpired } from "@/shared/session/expiry";
import type { Session } from "@/shared/session/session";

/** Lets somebody whose session ran out sign in again over the page, which keeps what was typed into it. */
export function ExpiredDialog({ session }: { session: Session }) {
  const { t } = useTranslation();
  const expired = useSessionExpired();
  const queries = useQueryClient();
  const live = useLive();
  return (
    <Modal
      opened={expired}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      centered
      zIndex={600}
      title={t("expired.title")}
    >
      <Text size="sm" mb="md">
        {t("expired.text")}
      </Text>
      <SignInForm
        login={session.user.login}
        onDone={() => {
          forgetExpiry();
          live.retryNow();
          void queries.invalidateQueries();
        }}
      />
      <Text size="sm" mt="md">
        {/* A fresh page: nothing of the earlier person stays in memory. */}
        <Anchor href="/login">{t("expired.other")}</Anchor>
      </Text>
    </Modal>
  );
}
