import { Center, Paper } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { PageTitle } from "@/shared/ui/page-title";

import { PasswordForm } from "./components/password-form";

/** What somebody whose password was set by another person sees first. */
export function FirstPasswordPage() {
  const { t } = useTranslation("account");
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" radius="lg" maw="28rem">
        <PageTitle title={t("first.title")} hint={t("first.hint")} />
        <PasswordForm />
      </Paper>
    </Center>
  );
}
