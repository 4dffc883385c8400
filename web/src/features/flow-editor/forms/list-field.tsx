import { ActionIcon, Button, Group, Input, Stack, Text } from "@mantine/core";
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import { fieldsOf, resolve } from "../model/schema";
import { emptyValue } from "../model/schema-value";
import { FieldList, type Settings } from "./field-input";
import classes from "./fields.module.css";
import { useForm, type FieldProps } from "./form-context";

/** Return a copy with one item at another place. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const result = [...items];
  result.splice(to, 0, ...result.splice(from, 1));
  return result;
}

/** Things of one shape, below each other, in an order that counts. */
export function ListField({ field, path, label, help, error, value = [], onChange }: FieldProps<Settings[]>) {
  const { t } = useTranslation("flows");
  const { root } = useForm();
  const item = resolve(field.schema.items ?? {}, root);
  const fields = fieldsOf(item, root);
  return (
    <Input.Wrapper label={label} description={help} error={error} role="group" labelElement="div">
      <Stack gap="xs" mt={4}>
        {value.map((entry, index) => (
          <div key={index} className={classes.card} role="group" aria-label={t("form.item", { number: index + 1 })}>
            <Group justify="space-between" wrap="nowrap" mb={4}>
              <Text size="xs" fw={600} c="dimmed">
                {t("form.item", { number: index + 1 })}
              </Text>
              <LineButtons
                index={index}
                count={value.length}
                onMove={(to) => {
                  onChange(moved(value, index, to));
                }}
                onRemove={() => {
                  onChange(value.filter((_entry, at) => at !== index));
                }}
              />
            </Group>
            <Stack gap="xs">
              <FieldList
                fields={fields}
                path={`${path}[${index}]`}
                value={entry}
                onChange={(next) => {
                  onChange(value.map((old, at) => (at === index ? next : old)));
                }}
              />
            </Stack>
          </div>
        ))}
        <Button
          variant="default"
          size="xs"
          leftSection={<Plus size={14} aria-hidden="true" />}
          onClick={() => {
            onChange([...value, emptyValue(item, root) as Settings]);
          }}
        >
          {t("form.addItem")}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}

interface LineButtonsProps {
  index: number;
  count: number;
  onMove: (to: number) => void;
  onRemove: () => void;
}

/** Up, down and away, for one line of a list. */
export function LineButtons({ index, count, onMove, onRemove }: LineButtonsProps) {
  const { t } = useTranslation("flows");
  const buttons = [
    [
      t("form.up", { number: index + 1 }),
      ArrowUp,
      () => {
        onMove(index - 1);
      },
      index === 0,
    ],
    [
      t("form.down", { number: index + 1 }),
      ArrowDown,
      () => {
        onMove(index + 1);
      },
      index === count - 1,
    ],
    [t("form.removeItem", { number: index + 1 }), X, onRemove, false],
  ] as const;
  return (
    <Group gap={0} wrap="nowrap">
      {buttons.map(([label, Icon, act, disabled]) => (
        <ActionIcon
          key={label}
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={label}
          disabled={disabled}
          onClick={act}
        >
          <Icon size={14} aria-hidden="true" />
        </ActionIcon>
      ))}
    </Group>
  );
}
