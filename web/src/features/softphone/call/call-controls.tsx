import { Grid3x3, Mic, MicOff, Pause, PhoneForwarded, PhoneOff, Play, UserPlus, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { LiveCallView } from "@/shared/live/views";

import { may } from "../model/permitted";
import { usePhone } from "../state/current-softphone";
import { showPanel, usePanel, type PanelPart } from "../state/panel-state";
import type { CallActions } from "../state/use-call-actions";
import classes from "./call-controls.module.css";

interface CallControlsProps {
  call: LiveCallView;
  actions: CallActions;
}

/** The buttons of a call under way. */
export function CallControls({ call, actions }: CallControlsProps) {
  const { t } = useTranslation("softphone");
  const { muted, session } = usePhone();
  const held = may(call, "resume");
  const here = session === "talking";
  return (
    <div className={classes.controls} role="group" aria-label={t("call.controls")}>
      <Control
        icon={muted ? MicOff : Mic}
        label={muted ? t("call.unmute") : t("call.mute")}
        tone="warning"
        pressed={muted}
        disabled={!here}
        onPress={() => {
          actions.toggleMute();
        }}
      />
      <Control
        icon={held ? Play : Pause}
        label={held ? t("call.resume") : t("call.hold")}
        tone="warning"
        pressed={held}
        disabled={!held && !may(call, "hold")}
        onPress={() => {
          actions.toggleHold(call);
        }}
      />
      <Opener part="keypad" icon={Grid3x3} label={t("call.keypad")} disabled={!here && !may(call, "digits")} />
      <Opener
        part="transfer"
        icon={PhoneForwarded}
        label={t("call.transfer")}
        disabled={!may(call, "transfer") && !may(call, "consult")}
      />
      <Opener part="add" icon={UserPlus} label={t("call.add")} disabled={!may(call, "add_participant")} />
      <Control
        icon={PhoneOff}
        label={t("call.hangUp")}
        tone="bad"
        onPress={() => {
          actions.hangUp(call);
        }}
      />
    </div>
  );
}

interface ControlProps {
  icon: LucideIcon;
  label: string;
  tone?: "warning" | "bad";
  pressed?: boolean;
  expanded?: boolean;
  disabled?: boolean;
  onPress: () => void;
}

function Control({ icon: Icon, label, tone, pressed, expanded, disabled = false, onPress }: ControlProps) {
  return (
    <button
      type="button"
      className={classes.control}
      data-tone={tone}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled}
      onClick={onPress}
    >
      <Icon size={19} aria-hidden="true" />
      {label}
    </button>
  );
}

interface OpenerProps extends Pick<ControlProps, "icon" | "label" | "disabled"> {
  part: PanelPart;
}

function Opener({ part, ...control }: OpenerProps) {
  const shown = usePanel().part === part;
  return (
    <Control
      {...control}
      expanded={shown}
      onPress={() => {
        showPanel({ part: shown ? "none" : part });
      }}
    />
  );
}
