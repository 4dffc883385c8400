import { Text, UnstyledButton } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";

import type { SimulationRun } from "../api/views";
import { useEditorState } from "../state/editor-context";
import { useCommands } from "../state/use-commands";
import classes from "./simulator.module.css";

/** What happened in a tried-out call, node by node. */
export function StepList({ run }: { run: SimulationRun }) {
  const { t } = useTranslation("flows");
  const { reveal } = useCommands();
  const flowId = useEditorState((state) => state.document.id);
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [run]);
  return (
    <ol className={classes.steps} aria-label={t("simulator.steps")} aria-live="polite">
      {run.steps.map((step, index) => (
        <li key={index}>
          <UnstyledButton
            className={classes.step ?? ""}
            disabled={step.flow_id !== flowId}
            onClick={() => {
              reveal(step.node_id);
            }}
          >
            <span className={classes.stepHead}>
              <span className={classes.stepName}>{step.node_name}</span>
              <time>{formatClock(step.at_ms / 1000)}</time>
            </span>
            {step.said.map((text, at) => (
              <span key={at} className={classes.said}>
                {text}
              </span>
            ))}
            {step.keys !== "" && <kbd className={classes.keys}>{t("simulator.pressed", { keys: step.keys })}</kbd>}
            {step.warnings.map((text, at) => (
              <span key={at} className={classes.warning}>
                {text}
              </span>
            ))}
          </UnstyledButton>
        </li>
      ))}
      <li ref={end}>
        {run.ended !== null && (
          <Text size="sm" fw={600}>
            {t("simulator.ended", { reason: run.ended })}
          </Text>
        )}
      </li>
    </ol>
  );
}
