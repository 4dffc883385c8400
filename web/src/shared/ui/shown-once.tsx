import { Alert, Text } from "@mantine/core";
import { KeyRound } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Copyable } from "@/shared/ui/copyable";

interface ShownOnceProps {
  /** What the secret is. */
  label: string;
  secret: string;
}

/** A secret that the server tells only now. */
export function ShownOnce({ label, secret }: ShownOnceProps) {
  const { t } = useTranslation("shared");
  return (
    <Alert role="status" icon={<KeyRound size={20} />} title={label}>
      <Copyable text={secret} labels={{ copy: t("copy"), copied: t("copied") }} />
      <Text size="sm" mt="xs">
        {t("shownOnce")}
      </Text>
    </Alert>
  );
}
