import { Stack, Text, UnstyledButton } from "@mantine/core";
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";
import { EmptyState } from "@/shared/ui/empty-state";

import type { FlowProblem } from "../api/views";
import { SidePanel } from "../inspector/side-panel";
import { useEditor, useEditorState } from "../state/editor-context";
import { useCommands } from "../state/use-commands";
import classes from "./panels.module.css";

/** Everything that is wrong with the flow; a line leads to its node. */
export function ProblemPanel() {
  const { t } = useTranslation("flows");
  const problems = useEditorState((state) => state.problems);
  const groups = [
    [t("problems.errors"), problems.filter(({ severity }) => severity === "error")],
    [t("problems.warnings"), problems.filter(({ severity }) => severity === "warning")],
  ] as const;
  return (
    <SidePanel label={t("problems.title")} title={t("problems.title")}>
      {problems.length === 0 && (
        <EmptyState icon={CircleCheck} title={t("problems.none")} text={t("problems.noneText")} />
      )}
      {groups.map(
        ([title, found]) =>
          found.length > 0 && (
            <Stack key={title} gap={6} component="section" aria-label={title}>
              <Text size="xs" fw={600} c="dimmed">
                {title}
              </Text>
              {found.map((problem, index) => (
                <ProblemLine key={index} problem={problem} />
              ))}
            </Stack>
          ),
      )}
    </SidePanel>
  );
}

function ProblemLine({ problem: { severity, node_id, message } }: { problem: FlowProblem }) {
  const language = useLanguage();
  const { store } = useEditor();
  const { reveal } = useCommands();
  const Icon = severity === "error" ? CircleAlert : TriangleAlert;
  return (
    <UnstyledButton
      className={classes.problem ?? ""}
      data-severity={severity}
      disabled={node_id === null}
      onClick={() => {
        if (node_id === null) return;
        reveal(node_id);
        store.getState().show({ panel: "inspector" });
      }}
    >
      <Icon size={17} aria-hidden="true" />
      <span>{message[language]}</span>
    </UnstyledButton>
  );
}
