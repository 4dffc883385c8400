import { Button, Group, Input, Stack, TextInput } from "@mantine/core";
import { Plus } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";

import type { Json } from "../model/document";
import { fieldsOf, resolve } from "../model/schema";
import type { Settings } from "./field-input";
import classes from "./fields.module.css";
import { useForm, type FieldProps } from "./form-context";
import { LineButtons, moved } from "./list-field";

const KEYS = Array.from("1234567890*#");

/** Keys with what they are for, one line each; every key is an exit. */
export function KeyMapField({ field, path, label, help, error, value = [], onChange }: FieldProps<Settings[]>) {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const { root, problems } = useForm();
  const others = fieldsOf(resolve(field.schema.items ?? {}, root), root).filter(({ name }) => name !== "keys");
  const free = KEYS.find((key) => !value.some(({ keys }) => keys === key));
  const set = (index: number, name: string, next: Json) => {
    onChange(value.map((line, at) => (at === index ? { ...line, [name]: next } : line)));
  };
  return (
    <Input.Wrapper label={label} description={help} error={error} role="group" labelElement="div">
      <Stack gap={6} mt={4}>
        {value.map((line, index) => {
          const wrong = problems.find(({ field: at }) => at?.startsWith(`${path}[${index}]`) === true);
          const keys = text(line.keys);
          const isTwice = value.filter((other) => other.keys === line.keys).length > 1;
          return (
            <Group key={index} gap={6} wrap="nowrap" align="flex-start">
              <KeyInput
                keys={keys}
                error={isTwice || keys === "" || (wrong?.message[language] ?? false)}
                onChange={(next) => {
                  set(index, "keys", next);
                }}
              />
              {others.map((other) => (
                <TextInput
                  key={other.name}
                  flex={1}
                  aria-label={other.schema.label?.[language] ?? other.name}
                  placeholder={other.schema.label?.[language] ?? other.name}
                  maxLength={other.schema.maxLength}
                  value={text(line[other.name])}
                  onChange={({ currentTarget }) => {
                    set(index, other.name, currentTarget.value);
                  }}
                />
              ))}
              <div className={classes.lineButtons}>
                <LineButtons
                  index={index}
                  count={value.length}
                  onMove={(to) => {
                    onChange(moved(value, index, to));
                  }}
                  onRemove={() => {
                    onChange(value.filter((_line, at) => at !== index));
                  }}
                />
              </div>
            </Group>
          );
        })}
        <Button
          variant="default"
          size="xs"
          leftSection={<Plus size={14} aria-hidden="true" />}
          onClick={() => {
            onChange([...value, { keys: free ?? "" }]);
          }}
        >
          {free === undefined ? t("form.addAnyKey") : t("form.addKey", { key: free })}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}

interface KeyInputProps {
  keys: string;
  error: ReactNode;
  onChange: (keys: string) => void;
}

/** Keys of one line. An emptied field changes nothing yet, so that the exit keeps its way until a new key is typed. */
function KeyInput({ keys, error, onChange }: KeyInputProps) {
  const { t } = useTranslation("flows");
  const [isEmptied, setEmptied] = useState(false);
  return (
    <TextInput
      className={classes.key ?? ""}
      aria-label={t("form.key")}
      inputMode="tel"
      maxLength={8}
      value={isEmptied ? "" : keys}
      error={error}
      onBlur={() => {
        setEmptied(false);
      }}
      onChange={({ currentTarget }) => {
        const next = currentTarget.value.replaceAll(/[^0-9*#]/g, "");
        setEmptied(next === "");
        if (next !== "") onChange(next);
      }}
    />
  );
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
