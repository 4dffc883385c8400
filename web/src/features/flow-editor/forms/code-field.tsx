import { ActionIcon, Button, Group, Input, JsonInput, Stack, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Json } from "../model/document";
import { omit } from "../model/omit";
import { CompletedText } from "./expression-field";
import type { FieldProps } from "./form-context";

/** Anything, as JSON; what cannot be read yet stays in the field and is not taken over. */
export function CodeField({ label, help, error, value, onChange }: FieldProps<Json>) {
  const { t } = useTranslation("flows");
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const [isBad, setBad] = useState(false);
  return (
    <JsonInput
      label={label}
      description={help}
      error={isBad ? t("inspector.badJson") : error}
      autosize
      minRows={2}
      maxRows={14}
      value={text}
      onChange={(next) => {
        setText(next);
        try {
          onChange(next.trim() === "" ? undefined : (JSON.parse(next) as Json));
          setBad(false);
        } catch {
          setBad(true);
        }
      }}
    />
  );
}

type Pairs = Record<string, string>;

/** Names with texts, such as the headers of a web request. */
export function MapField({ label, help, error, value = {}, onChange }: FieldProps<Pairs>) {
  const { t } = useTranslation("flows");
  const entries = Object.entries(value);
  const rename = (from: string, to: string) => {
    onChange(Object.fromEntries(entries.map(([name, text]) => [name === from ? to : name, text])));
  };
  return (
    <Input.Wrapper label={label} description={help} error={error} role="group" labelElement="div">
      <Stack gap={6} mt={4}>
        {entries.map(([name, text], index) => (
          <Group key={index} gap={6} wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={t("form.name")}
              placeholder={t("form.name")}
              value={name}
              w="40%"
              onChange={({ currentTarget }) => {
                if (!(currentTarget.value in value)) rename(name, currentTarget.value);
              }}
            />
            <div style={{ flex: 1 }}>
              <CompletedText
                aria-label={t("form.value")}
                isTemplate
                value={text}
                onChange={(next) => {
                  onChange({ ...value, [name]: next });
                }}
              />
            </div>
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={4}
              aria-label={t("form.removeItem", { number: index + 1 })}
              onClick={() => {
                onChange(omit(value, name));
              }}
            >
              <X size={16} aria-hidden="true" />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="default"
          size="xs"
          leftSection={<Plus size={14} aria-hidden="true" />}
          disabled={"" in value}
          onClick={() => {
            onChange({ ...value, "": "" });
          }}
        >
          {t("form.addItem")}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
