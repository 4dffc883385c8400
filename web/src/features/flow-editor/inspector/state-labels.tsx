import { Button, Tooltip } from "@mantine/core";
import { CircleAlert, CircleCheck, Hourglass, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useProblemText } from "@/shared/api/use-problem-text";
import { formatDuration } from "@/shared/format/duration";
import { useLanguage } from "@/shared/i18n/use-language";

import type { SaveState } from "../state/autosave";
import { useEditor, useEditorState } from "../state/editor-context";
import classes from "./editor-bar.module.css";

const TONES: Partial<Record<SaveState["kind"], string>> = {
  waiting: "warning",
  conflict: "bad",
  locked: "bad",
  refused: "bad",
};

/** Whether the last changes are safe. */
export function SaveLabel() {
  const { t } = useTranslation("flows");
  const problemText = useProblemText();
  const save = useEditorState((state) => state.save);
  const readOnly = useEditorState((state) => state.readOnly);
  const text = readOnly && save.kind === "saved" ? t("save.readOnly") : t(`save.${save.kind}`);
  const label = (
    <span className={classes.save} role="status" data-testid="save-state" data-tone={TONES[save.kind]}>
      {text}
    </span>
  );
  return save.kind === "refused" ? <Tooltip label={problemText(save.error)}>{label}</Tooltip> : label;
}

/** How long a caller waits for a person in the worst case. */
export function WorstCase() {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const seconds = useEditorState((state) => state.worstCaseS);
  // Whoever enters a sub-flow knows whether there is a person behind it.
  const isSubFlow = useEditorState((state) => state.document.kind === "sub_flow");
  if (isSubFlow && seconds === null) return null;
  const text = seconds === null ? t("bar.nobody") : t("bar.worstCase", { time: formatDuration(seconds, language) });
  return (
    <Tooltip
      multiline
      w={280}
      withArrow
      label={seconds === null ? t("bar.nobodyHint") : t("bar.worstCaseHint")}
      events={{ hover: true, focus: true, touch: true }}
    >
      <span className={classes.worst}>
        <Hourglass size={14} aria-hidden="true" />
        {text}
      </span>
    </Tooltip>
  );
}

/** How many problems there are; opens their list. */
export function ProblemButton() {
  const { t } = useTranslation("flows");
  const { store } = useEditor();
  const problems = useEditorState((state) => state.problems);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const [Icon, color] =
    errors > 0
      ? [CircleAlert, "var(--cc-bad)"]
      : problems.length > 0
        ? [TriangleAlert, "var(--cc-warning)"]
        : [CircleCheck, "var(--cc-good)"];
  const text = problems.length === 0 ? t("bar.noProblems") : t("bar.problems", { count: problems.length });
  return (
    <Button
      variant="default"
      size="sm"
      aria-label={text}
      leftSection={<Icon size={16} color={color} aria-hidden="true" />}
      onClick={() => {
        const { panel, show } = store.getState();
        show({ panel: panel === "problems" ? null : "problems" });
      }}
    >
      <span className={classes.problemText}>{text}</span>
      <span className={classes.problemCount} aria-hidden="true">
        {problems.length}
      </span>
    </Button>
  );
}
