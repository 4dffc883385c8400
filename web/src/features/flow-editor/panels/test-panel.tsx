import { Button, CloseButton, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { FlaskConical, Play } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";
import { EmptyState } from "@/shared/ui/empty-state";
import { ProblemNotice } from "@/shared/ui/problem-notice";
import { StateLabel } from "@/shared/ui/state-label";

import { testFlow } from "../api/editing";
import type { TestResult } from "../api/views";
import { SidePanel } from "../inspector/side-panel";
import type { Json } from "../model/document";
import { useEditor, useEditorState } from "../state/editor-context";
import classes from "./panels.module.css";

/** The calls that must go as written, and whether they do. */
export function TestPanel() {
  const { t } = useTranslation("flows");
  const { store } = useEditor();
  const tests = useEditorState((state) => state.document.tests ?? NONE);
  const run = useMutation({ mutationFn: () => testFlow(store.getState().document), retry: false });
  const passed = run.data?.filter((result) => result.passed).length ?? 0;
  return (
    <SidePanel label={t("tests.title")} title={t("tests.title")}>
      <Text size="sm" c="dimmed">
        {t("tests.hint")}
      </Text>
      {run.isError && <ProblemNotice error={run.error} />}
      {tests.length === 0 ? (
        <EmptyState icon={FlaskConical} title={t("tests.none")} text={t("tests.noneText")} />
      ) : (
        <Group justify="space-between">
          <Button
            size="sm"
            loading={run.isPending}
            leftSection={<Play size={15} aria-hidden="true" />}
            onClick={() => {
              run.mutate();
            }}
          >
            {t("tests.run")}
          </Button>
          {run.data && (
            <Text size="sm" fw={600} role="status">
              {t("tests.summary", { passed, count: run.data.length })}
            </Text>
          )}
        </Group>
      )}
      <Stack gap="xs">
        {tests.map((test, index) => (
          <TestCard
            key={index}
            name={nameOf(test)}
            result={run.data?.find(({ name }) => name === nameOf(test))}
            onRemove={() => {
              const rest = tests.filter((_test, at) => at !== index);
              store.getState().perform({ type: "change-settings", request: { settings: { tests: rest } } });
            }}
          />
        ))}
      </Stack>
    </SidePanel>
  );
}

const NONE: Json[] = [];

function nameOf(test: Json): string {
  return typeof test === "object" && test !== null && !Array.isArray(test) && typeof test.name === "string"
    ? test.name
    : "";
}

interface TestCardProps {
  name: string;
  result: TestResult | undefined;
  onRemove: () => void;
}

function TestCard({ name, result, onRemove }: TestCardProps) {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const readOnly = useEditorState((state) => state.readOnly);
  return (
    <article className={classes.version}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Group gap={4} wrap="nowrap">
          {result && (
            <StateLabel tone={result.passed ? "good" : "bad"}>
              {result.passed ? t("tests.passed") : t("tests.failed")}
            </StateLabel>
          )}
          <CloseButton size="sm" disabled={readOnly} aria-label={t("tests.remove", { name })} onClick={onRemove} />
        </Group>
      </Group>
      {result?.failures.map((failure, index) => (
        <Text key={index} size="xs" c="dimmed" mt={4}>
          {failure[language]}
        </Text>
      ))}
    </article>
  );
}
