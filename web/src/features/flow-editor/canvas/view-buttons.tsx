import { ActionIcon, Tooltip } from "@mantine/core";
import { Panel, useStore } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useCommands } from "../state/use-commands";
import classes from "./view-buttons.module.css";

/** How much of the graph is seen. */
export function ViewButtons() {
  const { t } = useTranslation("flows");
  const { fit, zoomIn, zoomOut } = useCommands();
  const zoom = useStore(({ transform }) => Math.round(transform[2] * 100));
  const buttons = [
    [t("view.zoomOut"), Minus, zoomOut],
    [t("view.zoomIn"), Plus, zoomIn],
    [t("view.fit"), Maximize, fit],
  ] as const;
  return (
    <Panel position="bottom-left" className={classes.panel ?? ""}>
      {buttons.map(([label, Icon, act]) => (
        <Tooltip key={label} label={label} withArrow>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={act}>
            <Icon size={17} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      ))}
      <span className={classes.zoom}>{zoom} %</span>
    </Panel>
  );
}
