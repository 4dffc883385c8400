import { Alert, Button, Group, Slider, Stack, Switch, Text } from "@mantine/core";
import { BellRing, Volume2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Tones } from "../phone/tones";
import { chooseDevices, useDeviceChoice } from "./device-choice";
import { DeviceSelect } from "./device-select";
import { MicrophoneTest } from "./microphone-test";
import { NotificationSetting } from "./notification-setting";
import { useDevices } from "./use-devices";

const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;

/** Microphone, headset, ring: chosen, tried out and remembered on this computer. */
export function DeviceSettings() {
  const { t } = useTranslation("softphone");
  const choice = useDeviceChoice();
  const devices = useDevices();
  const [tones] = useState(() => new Tones());
  const [denied, setDenied] = useState(false);
  return (
    <Stack gap="md">
      {!devices.named && (
        <Alert color={denied ? "red" : "brand"}>
          <Text size="sm" mb="xs">
            {denied ? t("devices.denied") : t("devices.allowHint")}
          </Text>
          <Button
            size="xs"
            onClick={() =>
              void devices.allow().then((allowed) => {
                setDenied(!allowed);
              })
            }
          >
            {t("devices.allow")}
          </Button>
        </Alert>
      )}
      <DeviceSelect
        label={t("devices.microphone")}
        devices={devices.microphones}
        value={choice.microphone}
        onChange={(microphone) => {
          chooseDevices({ microphone });
        }}
      />
      <MicrophoneTest device={choice.microphone} />
      <Group align="flex-end" wrap="nowrap">
        <DeviceSelect
          label={t("devices.speaker")}
          devices={devices.speakers}
          value={choice.speaker}
          disabled={!canChooseSpeaker}
          onChange={(speaker) => {
            chooseDevices({ speaker });
          }}
        />
        <Button
          variant="default"
          leftSection={<Volume2 size={15} />}
          onClick={() => {
            tones.test(choice.speaker, 0.5);
          }}
        >
          {t("devices.testSpeaker")}
        </Button>
      </Group>
      <Group align="flex-end" wrap="nowrap">
        <DeviceSelect
          label={t("devices.ring")}
          devices={devices.speakers}
          value={choice.ring}
          disabled={!canChooseSpeaker}
          onChange={(ring) => {
            chooseDevices({ ring });
          }}
        />
        <Button
          variant="default"
          leftSection={<BellRing size={15} />}
          onClick={() => {
            tones.test(choice.ring, choice.ringVolume);
          }}
        >
          {t("devices.testRing")}
        </Button>
      </Group>
      {!canChooseSpeaker && (
        <Text size="xs" c="dimmed">
          {t("devices.noSinks")}
        </Text>
      )}
      <div>
        <Text size="sm" fw={500} mb={4}>
          {t("devices.volume")}
        </Text>
        <Slider
          min={0}
          max={1}
          step={0.05}
          label={(value) => `${Math.round(value * 100)} %`}
          thumbLabel={t("devices.volume")}
          value={choice.ringVolume}
          onChange={(ringVolume) => {
            chooseDevices({ ringVolume });
          }}
        />
      </div>
      <NotificationSetting />
      <Switch
        label={t("devices.shortcuts")}
        checked={choice.shortcuts}
        onChange={({ currentTarget }) => {
          chooseDevices({ shortcuts: currentTarget.checked });
        }}
      />
    </Stack>
  );
}
