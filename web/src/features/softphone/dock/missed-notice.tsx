import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { AgentView } from "@/shared/live/views";

import { useSetState } from "../api/agent-state";
import { hasMissed } from "../model/agent-choices";
import classes from "./missed-notice.module.css";

/** Shown after missed calls: one press, and calls ring again. */
export function MissedNotice({ me }: { me: AgentView | undefined }) {
  const { t } = useTranslation("softphone");
  const { mutate, isPending } = useSetState();
  if (me === undefined || !hasMissed(me)) return null;
  return (
    <div className={classes.missed} role="alert">
      <p>{t("state.notResponding", { count: Math.max(1, me.missed_in_row) })}</p>
      <Button
        loading={isPending}
        onClick={() => {
          mutate({ state: "available" });
        }}
      >
        {t("state.back")}
      </Button>
    </div>
  );
}
