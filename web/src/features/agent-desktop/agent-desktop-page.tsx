import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useLiveEvent } from "@/shared/live/use-live-event";
import { PageTitle } from "@/shared/ui/page-title";

import classes from "./agent-desktop-page.module.css";
import { IdleDesk } from "./components/idle-desk";
import { MyCalls } from "./components/my-calls";
import { MyQueues } from "./components/my-queues";
import { OpenCallbacks } from "./components/open-callbacks";

/** Until a call that ended can be read in the call log. */
const WRITTEN_AFTER_MS = 1500;

interface AgentDesktopPageProps {
  /** Shows the agent's call, or what it is given while there is none. */
  renderCall: (idle: ReactNode) => ReactNode;
}

/** Where somebody who takes calls works: the call, and around it queues, last calls and call-backs. */
export function AgentDesktopPage({ renderCall }: AgentDesktopPageProps) {
  const { t } = useTranslation("desk");
  const queries = useQueryClient();
  useLiveEvent("call.ended", () => {
    setTimeout(() => void queries.invalidateQueries({ queryKey: ["calls", "mine"] }), WRITTEN_AFTER_MS);
  });
  return (
    <>
      <PageTitle title={t("title")} />
      <div className={classes.desk}>
        <div className={classes.call}>{renderCall(<IdleDesk />)}</div>
        <div className={classes.side}>
          <MyQueues />
          <MyCalls />
          <OpenCallbacks />
        </div>
      </div>
    </>
  );
}
