import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Panel } from "@/shared/ui/panel";
import { StateLabel } from "@/shared/ui/state-label";

import type { ServerStatus } from "../api/get-status";
import classes from "./entry-list.module.css";

export function TrunkList({ trunks }: { trunks: ServerStatus["trunks"] }) {
  const { t } = useTranslation("status");
  return (
    <Panel title={t("trunks.title")}>
      {trunks.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("trunks.none")}
        </Text>
      )}
      <ul className={classes.list}>
        {trunks.map(({ name, up, calls }) => (
          <li key={name} className={classes.entry}>
            <div className={classes.what}>
              <div className={classes.name}>{name}</div>
              <Text size="sm" c="dimmed">
                {t("trunks.calls", { count: calls })}
              </Text>
            </div>
            <StateLabel tone={up ? "good" : "bad"}>{up ? t("trunks.up") : t("trunks.down")}</StateLabel>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
