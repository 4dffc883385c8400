import { ActionIcon, Divider, Menu, Text, Tooltip } from "@mantine/core";
import {
  AlignCenterHorizontal,
  AlignCenterVertical,
  AlignEndHorizontal,
  AlignEndVertical,
  AlignHorizontalDistributeCenter,
  AlignStartHorizontal,
  AlignStartVertical,
  AlignVerticalDistributeCenter,
  Copy,
  CopyPlus,
  Trash2,
  type LucideIcon,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";

import { ALIGNMENTS, type Alignment } from "../model/align";
import { useEditorState } from "../state/editor-context";
import { useCommands } from "../state/use-commands";
import classes from "./selection-bar.module.css";

const ICONS: Record<Alignment, LucideIcon> = {
  left: AlignStartVertical,
  center: AlignCenterVertical,
  right: AlignEndVertical,
  top: AlignStartHorizontal,
  middle: AlignCenterHorizontal,
  bottom: AlignEndHorizontal,
};

/** What can be done with several chosen nodes. */
export function SelectionBar() {
  const { t } = useTranslation("flows");
  const selected = useEditorState(useShallow((state) => state.selectedNodes()));
  const fixed = useEditorState((state) => state.readOnly || state.comparison !== null);
  const commands = useCommands();
  if (selected.length < 2 || fixed) return null;
  const buttons = [
    [t("selection.copy"), Copy, () => void commands.copy()],
    [t("selection.duplicate"), CopyPlus, commands.duplicate],
    [t("selection.remove"), Trash2, commands.remove],
  ] as const;
  return (
    <div className={classes.bar} role="toolbar" aria-label={t("selection.label")}>
      <Text size="sm" fw={600} px={6}>
        {t("selection.count", { count: selected.length })}
      </Text>
      <Divider orientation="vertical" />
      {buttons.map(([label, Icon, act]) => (
        <Tooltip key={label} label={label} withArrow>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={act}>
            <Icon size={17} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      ))}
      <Menu position="bottom" withArrow>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("selection.align")}>
            <AlignStartVertical size={17} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {ALIGNMENTS.map((alignment) => {
            const Icon = ICONS[alignment];
            return (
              <Menu.Item
                key={alignment}
                leftSection={<Icon size={15} aria-hidden="true" />}
                onClick={() => {
                  commands.align(alignment);
                }}
              >
                {t(`selection.${alignment}`)}
              </Menu.Item>
            );
          })}
          <Menu.Divider />
          <Menu.Item
            leftSection={<AlignHorizontalDistributeCenter size={15} aria-hidden="true" />}
            disabled={selected.length < 3}
            onClick={() => {
              commands.distribute("x");
            }}
          >
            {t("selection.distributeX")}
          </Menu.Item>
          <Menu.Item
            leftSection={<AlignVerticalDistributeCenter size={15} aria-hidden="true" />}
            disabled={selected.length < 3}
            onClick={() => {
              commands.distribute("y");
            }}
          >
            {t("selection.distributeY")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
