import { Button, Code, Stack, Text, Title } from "@mantine/core";
import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { Unreachable } from "@/shared/api/problem";

import classes from "./crash-page.module.css";

const RETRY_MS = 4000;

/** What a page becomes when its code fails, or when the server is away before anything could be shown. */
export function CrashPage({ error }: ErrorComponentProps) {
  return error instanceof Unreachable ? <ServerAway /> : <Crash error={error} />;
}

function ServerAway() {
  const { t } = useTranslation();
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => void router.invalidate(), RETRY_MS);
    return () => {
      clearInterval(timer);
    };
  }, [router]);
  return (
    <Stack align="flex-start" className={classes.page ?? ""} role="alert">
      <Title order={1} size="h2">
        {t("away.title")}
      </Title>
      <Text>
        {t("away.text")} <Code>make run</Code>. {t("away.trying", { seconds: RETRY_MS / 1000 })}
      </Text>
      <Button onClick={() => void router.invalidate()}>{t("away.retry")}</Button>
    </Stack>
  );
}

function Crash({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <Stack align="flex-start" className={classes.page ?? ""} role="alert">
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
