import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { DeviceSettings } from "../devices/device-settings";
import { showPanel, usePanel } from "../state/panel-state";

/** Sound and devices in a dialog over the page. */
export function DeviceSheet() {
  const { t } = useTranslation("softphone");
  const { devices } = usePanel();
  return (
    <Modal
      opened={devices}
      onClose={() => {
        showPanel({ devices: false });
      }}
      title={t("devices.title")}
    >
      <DeviceSettings />
    </Modal>
  );
}
