import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Panel } from "@/shared/ui/panel";
import { StateLabel } from "@/shared/ui/state-label";

import type { ServerStatus } from "../api/get-status";
import classes from "./entry-list.module.css";

interface HotlineListProps {
  hotlines: ServerStatus["hotlines"];
  /** No flow file has a problem. */
  sound: boolean;
}

export function HotlineList({ hotlines, sound }: HotlineListProps) {
  const { t } = useTranslation("status");
  return (
    <Panel title={t("hotlines.title")} {...(sound && hotlines.length > 0 && { hint: t("problems.none") })}>
      {hotlines.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("hotlines.none")}
        </Text>
      )}
      <ul className={classes.list}>
        {hotlines.map(({ number, flow, in_service }) => (
          <li key={number} className={classes.entry}>
            <div className={classes.what}>
              <div className={classes.number}>{number}</div>
              <Text size="sm" c="dimmed">
                {in_service ? (
                  <>
                    {t("hotlines.flow")} <bdi>{flow}</bdi>
                  </>
                ) : (
                  t("hotlines.outOfServiceHint", { flow })
                )}
              </Text>
            </div>
            <StateLabel tone={in_service ? "good" : "bad"}>
              {in_service ? t("hotlines.inService") : t("hotlines.outOfService")}
            </StateLabel>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
