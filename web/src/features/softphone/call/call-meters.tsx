import { Button, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { LiveCallView } from "@/shared/live/views";

import { may } from "../model/permitted";
import { usePhone } from "../state/current-softphone";
import type { CallActions } from "../state/use-call-actions";
import classes from "./call-meters.module.css";
import { QualityMeter } from "./quality-meter";

interface CallMetersProps {
  call: LiveCallView;
  actions: CallActions;
}

/** Whether the call is recorded, with a pause for card data, and how it sounds. */
export function CallMeters({ call, actions }: CallMetersProps) {
  const { t } = useTranslation("softphone");
  const { quality } = usePhone();
  const { on, paused } = call.recording;
  const state = paused ? "paused" : on ? "on" : "off";
  const resumes = may(call, "recording_resume");
  return (
    <div className={classes.meters}>
      <span className={classes.recording} data-state={state}>
        {t(`recording.${state}`)}
      </span>
      {(resumes || may(call, "recording_pause")) && (
        <Tooltip label={t("recording.pausedHint")} withArrow disabled={!resumes}>
          <Button
            size="compact-xs"
            variant={resumes ? "filled" : "default"}
            color={resumes ? "orange" : "gray"}
            onClick={() => {
              actions.toggleRecording(call);
            }}
          >
            {resumes ? t("recording.resume") : t("recording.pause")}
          </Button>
        </Tooltip>
      )}
      {quality !== null && <QualityMeter quality={quality} />}
    </div>
  );
}
