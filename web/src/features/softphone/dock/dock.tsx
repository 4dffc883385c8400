import { ActionIcon, Tooltip } from "@mantine/core";
import { ChevronDown, ChevronUp, Keyboard, Settings2, type LucideIcon } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { phoneStatus } from "../model/phone-status";
import { usePhone } from "../state/current-softphone";
import { showPanel, usePanel } from "../state/panel-state";
import { useCallActions } from "../state/use-call-actions";
import { useMyWork } from "../state/use-my-work";
import { useRingingCall } from "../state/use-ringing-call";
import { BarCall } from "./bar-call";
import classes from "./dock.module.css";
import { DockBody } from "./dock-body";
import { StateSwitch } from "./state-switch";

/** Room that pages leave below themselves for the collapsed bar. */
const BAR_HEIGHT = "4.75rem";

/** The softphone on every page: a bar in the corner that opens into a panel, a sheet at the bottom of phones. */
export function Dock() {
  const { t } = useTranslation("softphone");
  const { me, userId, current } = useMyWork();
  const ringing = useRingingCall();
  const phone = usePhone();
  const { open } = usePanel();
  const actions = useCallActions();
  const status = phoneStatus(phone, me);

  useEffect(() => {
    const { style } = document.documentElement;
    style.setProperty("--cc-dock-height", BAR_HEIGHT);
    return () => {
      style.removeProperty("--cc-dock-height");
    };
  }, []);

  return (
    <aside
      className={classes.dock}
      aria-label={t("title")}
      data-open={open || undefined}
      data-ringing={ringing !== null || undefined}
    >
      {open && (
        <>
          <div className={classes.head}>
            <span className={classes.status} data-tone={status.tone}>
              {t(`line.${status.text}`)}
            </span>
            <Tool
              icon={Keyboard}
              label={t("shortcutHelp")}
              onPress={() => {
                showPanel({ help: true });
              }}
            />
            <Tool
              icon={Settings2}
              label={t("settings")}
              onPress={() => {
                showPanel({ devices: true });
              }}
            />
          </div>
          <div className={classes.body}>
            <DockBody me={me} userId={userId} current={current} ringing={ringing} actions={actions} />
          </div>
        </>
      )}
      <div className={classes.bar} data-busy={ringing !== null || current !== null || undefined}>
        <div className={classes.stateSlot}>
          <StateSwitch me={me} compact={ringing !== null || current !== null} />
        </div>
        <BarCall ringing={ringing} current={current} userId={userId} actions={actions} />
        <Tool
          icon={open ? ChevronDown : ChevronUp}
          label={open ? t("collapse") : t("open")}
          expanded={open}
          onPress={() => {
            showPanel({ open: !open });
          }}
        />
      </div>
    </aside>
  );
}

interface ToolProps {
  icon: LucideIcon;
  label: string;
  expanded?: boolean;
  onPress: () => void;
}

function Tool({ icon: Icon, label, expanded, onPress }: ToolProps) {
  return (
    <Tooltip label={label} withArrow>
      <ActionIcon variant="subtle" color="gray" size={34} aria-label={label} aria-expanded={expanded} onClick={onPress}>
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
  );
}
