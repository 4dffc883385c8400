import { ActionIcon, Button, Group, Input, Stack, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { readScalar } from "../forms/simple-fields";
import type { Json } from "../model/document";
import { omit } from "../model/omit";

interface VariablesProps {
  values: Record<string, Json>;
  onChange: (values: Record<string, Json>) => void;
}

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** What a call begins with, by name. */
export function Variables({ values, onChange }: VariablesProps) {
  const { t } = useTranslation("flows");
  const entries = Object.entries(values);
  return (
    <Input.Wrapper label={t("settings.variables")} description={t("settings.variablesHint")} role="group">
      <Stack gap={6} mt={4}>
        {entries.map(([name, value], index) => (
          <Group key={index} gap={6} wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={t("settings.variable")}
              value={name}
              error={!NAME.test(name) && t("settings.badName")}
              onChange={({ currentTarget }) => {
                if (currentTarget.value in values) return;
                onChange(
                  Object.fromEntries(entries.map((entry, at) => (at === index ? [currentTarget.value, value] : entry))),
                );
              }}
            />
            <TextInput
              flex={1}
              aria-label={t("settings.value")}
              value={typeof value === "string" ? value : JSON.stringify(value)}
              onChange={({ currentTarget }) => {
                onChange({ ...values, [name]: readScalar(currentTarget.value) });
              }}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={4}
              aria-label={t("settings.remove", { name })}
              onClick={() => {
                onChange(omit(values, name));
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
          onClick={() => {
            onChange({ ...values, [freeName(values)]: "" });
          }}
        >
          {t("settings.add")}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}

function freeName(values: object): string {
  let count = 1;
  while (`variable_${count}` in values) count += 1;
  return `variable_${count}`;
}
