import { Button, Code, Stack, Text, Title } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

/** What a page becomes when its code fails. */
export function CrashPage({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <Stack align="flex-start" maw="40rem" role="alert">
      <Title order={1} size="h2">
        {t("crash.title")}
      </Title>
      <Text>{t("crash.text")}</Text>
      <Code block>{error instanceof Error ? error.message : String(error)}</Code>
      <Button
        onClick={() => {
          location.reload();
        }}
      >
        {t("crash.reload")}
      </Button>
    </Stack>
  );
}
