import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

/** Whether calls may be shown by the system while the page is in the background. */
export function NotificationSetting() {
  const { t } = useTranslation("softphone");
  const [permission, setPermission] = useState(() =>
    "Notification" in globalThis ? Notification.permission : "denied",
  );
  return (
    <div>
      <Text size="sm" fw={500}>
        {t("devices.notifications")}
      </Text>
      {permission === "default" ? (
        <Button
          mt={6}
          size="xs"
          variant="default"
          onClick={() => {
            void Notification.requestPermission().then(setPermission);
          }}
        >
          {t("devices.notificationsAsk")}
        </Button>
      ) : (
        <Text size="xs" c="dimmed">
          {permission === "granted" ? t("devices.notificationsOn") : t("devices.notificationsBlocked")}
        </Text>
      )}
    </div>
  );
}
