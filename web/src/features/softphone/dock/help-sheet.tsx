import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useDeviceChoice } from "../devices/device-choice";
import { SHORTCUTS } from "../model/shortcuts";
import { showPanel, usePanel } from "../state/panel-state";

/** All keyboard shortcuts. */
export function HelpSheet() {
  const { t } = useTranslation("softphone");
  const { help } = usePanel();
  const { shortcuts } = useDeviceChoice();
  return (
    <Modal
      opened={help}
      onClose={() => {
        showPanel({ help: false });
      }}
      title={t("shortcuts.title")}
    >
      <Text size="sm" c="dimmed" mb="md">
        {shortcuts ? t("shortcuts.hint") : t("shortcuts.off")}
      </Text>
      <Stack gap={6}>
        {SHORTCUTS.map(({ key, action }) => (
          <Row key={key} text={t(`shortcuts.${action}`)} keys={["Alt", key.toUpperCase()]} />
        ))}
        <Row text={t("shortcuts.help")} keys={["?"]} />
      </Stack>
    </Modal>
  );
}

function Row({ text, keys }: { text: string; keys: string[] }) {
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm">{text}</Text>
      <Group gap={4} wrap="nowrap">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </Group>
    </Group>
  );
}
