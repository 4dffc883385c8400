import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";
import { Panel } from "@/shared/ui/panel";
import { StateLabel } from "@/shared/ui/state-label";

import { countErrors, problemsByFile, type FileProblems, type FlowProblem } from "../model/flow-problems";
import classes from "./flow-problems.module.css";

/** As many of a file's problems as are shown at once. */
const SHOWN = 4;

/** What is wrong with flow files; nothing when all is well. */
export function FlowProblems({ problems }: { problems: readonly FlowProblem[] }) {
  const { t } = useTranslation("status");
  if (problems.length === 0) return null;
  const errors = countErrors(problems);
  const warnings = problems.length - errors;
  return (
    <Panel
      title={t("problems.title")}
      hint={t("problems.hint")}
      className={errors > 0 ? classes.errors : classes.warnings}
      aside={
        errors > 0 ? (
          <StateLabel tone="bad">{t("problems.errors", { count: errors })}</StateLabel>
        ) : (
          <StateLabel tone="warning">{t("problems.warnings", { count: warnings })}</StateLabel>
        )
      }
    >
      <div className={classes.files}>
        {problemsByFile(problems).map((entry) => (
          <File key={entry.file} entry={entry} />
        ))}
      </div>
    </Panel>
  );
}

function File({ entry: { file, problems } }: { entry: FileProblems }) {
  const { t } = useTranslation("status");
  const language = useLanguage();
  const [all, setAll] = useState(false);
  const hidden = all ? 0 : Math.max(0, problems.length - SHOWN);
  return (
    <div>
      <h3 className={classes.file}>
        <bdi>{file}</bdi>
      </h3>
      <ul className={classes.problems}>
        {problems.slice(0, problems.length - hidden).map(({ severity, code, message }, index) => (
          <li key={`${code}-${index}`} className={classes.problem}>
            <span className={classes.severity} data-severity={severity}>
              {t(`problems.${severity}`)}
            </span>
            <bdi>{message[language]}</bdi>
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt="xs"
          ml={-8}
          onClick={() => {
            setAll(true);
          }}
        >
          {t("problems.more", { count: hidden })}
        </Button>
      )}
    </div>
  );
}
