import { Alert } from "@mantine/core";
import { Timer } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useNow } from "@/shared/format/use-now";

interface ThrottleProps {
  /** How long the server wants to see no attempt. */
  seconds: number;
  onOver: () => void;
}

/** Says how long to wait after too many attempts. */
export function Throttle({ seconds, onOver }: ThrottleProps) {
  const { t } = useTranslation("login");
  const [until] = useState(() => Date.now() + seconds * 1000);
  const left = Math.max(0, Math.ceil((until - useNow()) / 1000));
  useEffect(() => {
    if (left === 0) onOver();
  }, [left, onOver]);
  return (
    <Alert role="alert" color="orange" icon={<Timer size={20} />}>
      <span aria-live="off">{t("throttled", { count: left })}</span>
    </Alert>
  );
}
