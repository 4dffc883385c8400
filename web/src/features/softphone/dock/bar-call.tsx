import { ActionIcon, Tooltip } from "@mantine/core";
import { Mic, MicOff, Phone, PhoneOff, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { LiveCallView } from "@/shared/live/views";
import { RunningClock } from "@/shared/ui/running-clock";

import { otherName, otherNumber } from "../model/my-calls";
import { formatPhone } from "@/shared/format/phone-number";
import { usePhone } from "../state/current-softphone";
import type { CallActions } from "../state/use-call-actions";
import type { RingingCall } from "../state/use-ringing-call";
import classes from "./dock.module.css";

interface BarCallProps {
  ringing: RingingCall | null;
  current: LiveCallView | null;
  userId: string;
  actions: CallActions;
}

/** The call in one line of the collapsed bar, with what is needed most. */
export function BarCall({ ringing, current, userId, actions }: BarCallProps) {
  const { t } = useTranslation("softphone");
  const { muted, session } = usePhone();
  if (ringing !== null) {
    const { call, name } = ringing;
    return (
      <>
        <span className={classes.callName} data-ringing>
          <span>{name}</span>
        </span>
        <BarButton
          icon={PhoneOff}
          label={t("ringing.reject")}
          tone="bad"
          onPress={() => {
            actions.reject(call);
          }}
        />
        <BarButton
          icon={Phone}
          label={t("ringing.answer")}
          tone="good"
          onPress={() => {
            actions.answer(call);
          }}
        />
      </>
    );
  }
  if (current === null) return null;
  const number = otherNumber(current);
  return (
    <>
      <span className={classes.callName}>
        <span>{otherName(current, userId) || (number === null ? t("caller.withheld") : formatPhone(number))}</span>
        <RunningClock className={classes.callClock} since={current.connected_at ?? current.started_at} />
      </span>
      {session === "talking" && (
        <BarButton
          icon={muted ? MicOff : Mic}
          label={muted ? t("call.unmute") : t("call.mute")}
          tone={muted ? "warning" : "quiet"}
          onPress={() => {
            actions.toggleMute();
          }}
        />
      )}
      <BarButton
        icon={PhoneOff}
        label={t("call.hangUp")}
        tone="bad"
        onPress={() => {
          actions.hangUp(current);
        }}
      />
    </>
  );
}

interface BarButtonProps {
  icon: LucideIcon;
  label: string;
  tone: "good" | "bad" | "warning" | "quiet";
  onPress: () => void;
}

function BarButton({ icon: Icon, label, tone, onPress }: BarButtonProps) {
  return (
    <Tooltip label={label} withArrow>
      <ActionIcon
        size={36}
        radius="xl"
        aria-label={label}
        className={classes.barButton ?? ""}
        data-tone={tone}
        onClick={onPress}
      >
        <Icon size={17} />
      </ActionIcon>
    </Tooltip>
  );
}
