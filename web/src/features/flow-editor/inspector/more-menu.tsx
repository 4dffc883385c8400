import { ActionIcon, Menu } from "@mantine/core";
import { Download, Ellipsis, FlaskConical, History, Keyboard, Play, SlidersHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";

import { downloadFlow } from "../state/download";
import { useEditor } from "../state/editor-context";
import type { PanelName } from "../state/view-slice";

const PANELS = [
  ["simulator", "simulate", Play],
  ["versions", "versions", History],
  ["tests", "tests", FlaskConical],
  ["settings", "settings", SlidersHorizontal],
] as const satisfies [PanelName, string, unknown][];

/** What is needed less often. */
export function MoreMenu() {
  const { t } = useTranslation("flows");
  const { store } = useEditor();
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t("bar.more")}>
          <Ellipsis size={18} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {PANELS.map(([panel, text, Icon]) => (
          <Menu.Item
            key={panel}
            leftSection={<Icon size={16} aria-hidden="true" />}
            onClick={() => {
              store.getState().show({ panel });
            }}
          >
            {t(`bar.${text}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<Download size={16} aria-hidden="true" />}
          onClick={() => {
            downloadFlow(store.getState().document);
          }}
        >
          {t("bar.export")}
        </Menu.Item>
        <Menu.Item
          leftSection={<Keyboard size={16} aria-hidden="true" />}
          onClick={() => {
            store.getState().show({ helpShown: true });
          }}
        >
          {t("bar.help")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
