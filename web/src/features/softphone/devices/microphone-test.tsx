import { Button, Group, Progress, Text } from "@mantine/core";
import { Mic } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useMicrophoneLevel } from "./use-microphone-level";

/** Shows whether the microphone hears anything. */
export function MicrophoneTest({ device }: { device: string }) {
  const { t } = useTranslation("softphone");
  const [on, setOn] = useState(false);
  const { level, heard, failed } = useMicrophoneLevel(on, device);
  return (
    <div>
      <Group gap="sm" wrap="nowrap">
        <Button
          size="xs"
          variant="default"
          leftSection={<Mic size={14} />}
          onClick={() => {
            setOn(!on);
          }}
        >
          {on ? t("devices.stopTest") : t("devices.testMicrophone")}
        </Button>
        <Progress
          flex={1}
          size="lg"
          value={level * 100}
          transitionDuration={80}
          aria-label={t("devices.level")}
          color={heard ? "brand" : "gray"}
        />
      </Group>
      {on && (
        <Text size="xs" c="dimmed" mt={4} role="status">
          {failed ? t("devices.denied") : heard ? t("devices.heard") : t("devices.levelHint")}
        </Text>
      )}
    </div>
  );
}
