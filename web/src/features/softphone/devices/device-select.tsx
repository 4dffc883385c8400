import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface DeviceSelectProps {
  label: string;
  devices: MediaDeviceInfo[];
  value: string;
  onChange: (device: string) => void;
  disabled?: boolean;
}

/** One of the devices there are, or whatever the system uses. */
export function DeviceSelect({ label, devices, value, onChange, disabled = false }: DeviceSelectProps) {
  const { t } = useTranslation("softphone");
  const named = devices.filter((device) => device.label !== "" && device.deviceId !== "default");
  return (
    <Select
      label={label}
      flex={1}
      disabled={disabled}
      allowDeselect={false}
      data={[
        { value: "", label: t("devices.system") },
        ...named.map((device) => ({ value: device.deviceId, label: device.label })),
      ]}
      value={named.some(({ deviceId }) => deviceId === value) ? value : ""}
      onChange={(device) => {
        onChange(device ?? "");
      }}
    />
  );
}
