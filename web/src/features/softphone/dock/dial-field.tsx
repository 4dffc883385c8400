import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { Phone } from "lucide-react";
import { useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import { showToast } from "@/shared/toast/toasts";

import { useCallerIds } from "../api/get-caller-ids";
import { useStartCall } from "../api/start-call";
import { targetOf, typedNumber } from "../model/directory";

/** A number to call, and the number to show there. */
export function DialField() {
  const { t } = useTranslation("softphone");
  const [text, setText] = useState("");
  const [invalid, setInvalid] = useState(false);
  const [callerId, setCallerId] = useState<string | null>(null);
  const callerIds = useCallerIds();
  const { mutate, isPending } = useStartCall();

  const call = (event: SubmitEvent): void => {
    event.preventDefault();
    const number = typedNumber(text);
    setInvalid(number === null);
    if (number === null) return;
    mutate(
      { to: targetOf(number), ...(callerId !== null && { caller_id: callerId }) },
      {
        onSuccess: () => {
          setText("");
          showToast("quiet", t("dial.started", { number: formatPhone(number) }));
        },
      },
    );
  };

  return (
    <form onSubmit={call} aria-label={t("dial.title")} noValidate>
      <Stack gap="xs">
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <TextInput
            flex={1}
            type="tel"
            label={t("dial.title")}
            aria-label={t("dial.number")}
            placeholder={t("dial.placeholder")}
            autoComplete="off"
            data-shortcut-target="dial"
            value={text}
            error={invalid ? t("dial.invalid") : null}
            onChange={({ currentTarget }) => {
              setText(currentTarget.value);
              setInvalid(false);
            }}
          />
          <Button type="submit" leftSection={<Phone size={16} />} loading={isPending} mb={invalid ? 22 : 0}>
            {t("dial.call")}
          </Button>
        </Group>
        {callerIds.length > 1 && (
          <Select
            size="xs"
            aria-label={t("dial.callerId")}
            placeholder={`${t("dial.callerId")}: ${t("dial.automatic")}`}
            data={callerIds.map((number) => ({
              value: number,
              label: `${t("dial.callerId")}: ${formatPhone(number)}`,
            }))}
            value={callerId}
            onChange={setCallerId}
            clearable
          />
        )}
      </Stack>
    </form>
  );
}
