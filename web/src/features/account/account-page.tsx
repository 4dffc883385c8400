import { Anchor, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useSession } from "@/shared/session/session";
import { PageTitle } from "@/shared/ui/page-title";
import { Panel } from "@/shared/ui/panel";

import { OwnSessions } from "./components/own-sessions";
import { PasswordForm } from "./components/password-form";
import { TokenList } from "./components/token-list";

/** One's own account. `switches` choose language and colours. */
export function AccountPage({ switches }: { switches: ReactNode }) {
  const { t } = useTranslation("account");
  const { t: shared } = useTranslation("shared");
  const { user, extension } = useSession();
  return (
    <Stack gap="lg">
      <PageTitle
        title={t("title")}
        hint={`${user.name} · ${user.login} · ${shared(`role.${user.role}`)}${extension === null ? "" : ` · ${t("extension", { extension })}`}`}
      />
      <Panel title={t("look.title")} hint={t("look.hint")}>
        {switches}
      </Panel>
      <Panel title={t("password.title")} hint={t("password.hint")}>
        <PasswordForm />
      </Panel>
      <Panel title={t("sessions.title")} hint={t("sessions.hint")}>
        <OwnSessions />
      </Panel>
      {user.role === "admin" && (
        <Panel title={t("tokens.title")} hint={t("tokens.hint")}>
          <TokenList />
          <Text size="sm" c="dimmed" mt="md">
            {t("machines")}{" "}
            <Anchor href="/openapi.json" underline="always">
              /openapi.json
            </Anchor>
          </Text>
        </Panel>
      )}
    </Stack>
  );
}
