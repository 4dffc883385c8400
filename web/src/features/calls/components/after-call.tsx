import { Button, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { codeLabel, useDispositions } from "@/shared/api/refs";
import { useChange } from "@/shared/api/use-change";
import { formatWhen } from "@/shared/format/date-time";
import { useLanguage } from "@/shared/i18n/use-language";

import { CALLS, saveAfterCall, type CallDetail } from "../api/calls";
import classes from "./after-call.module.css";

/** What the call was about: codes and notes of those who took it, and a form to add some. */
export function AfterCall({ call }: { call: CallDetail }) {
  const { t } = useTranslation("calls");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const codes = useDispositions();
  const [code, setCode] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const save = useChange(saveAfterCall, { touches: [CALLS], done: t("after.saved") });
  const label = (value: string) => {
    const entry = codes.data?.find((other) => other.code === value);
    return entry === undefined ? value : codeLabel(entry, language);
  };
  const written = [
    ...call.dispositions.map(({ agent, at, code }) => ({
      key: `${at}-${code}`,
      agent,
      at,
      text: label(code),
      code: true,
    })),
    ...call.notes.map(({ id, agent, at, text }) => ({ key: id, agent, at, text, code: false })),
  ].sort((one, other) => one.at.localeCompare(other.at));
  return (
    <Stack>
      {written.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("after.none")}
        </Text>
      )}
      <ul className={classes.notes}>
        {written.map(({ key, agent, at, text, code }) => (
          <li key={key} className={classes.note}>
            <span className={code ? classes.code : undefined}>{text}</span>
            <Text size="xs" c="dimmed">
              {[agent?.name, formatWhen(at, language)].filter(Boolean).join(" · ")}
            </Text>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const body = {
            id: call.id,
            ...(code !== null && { disposition: code }),
            ...(note.trim() !== "" && { note: note.trim() }),
          };
          save.mutate(body, {
            onSuccess: () => {
              setCode(null);
              setNote("");
            },
          });
        }}
      >
        <Stack gap="sm">
          <Select
            label={t("after.code")}
            placeholder={t("after.choose")}
            searchable
            clearable
            clearButtonProps={{ "aria-label": shared("clear") }}
            data={(codes.data ?? []).map((entry) => ({ value: entry.code, label: label(entry.code) }))}
            value={code}
            onChange={setCode}
          />
          <Textarea
            label={t("after.note")}
            autosize
            minRows={2}
            maxRows={8}
            value={note}
            onChange={({ currentTarget }) => {
              setNote(currentTarget.value);
            }}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={code === null && note.trim() === ""}>
              {t("after.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}
