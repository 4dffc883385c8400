import { ActionIcon, Button, Group, Input, Select, Stack, Text, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { readShifts, writeShifts, type Shift } from "../model/shifts";
import classes from "./fields.module.css";
import type { FieldProps } from "./form-context";
import { useChoiceText } from "./simple-fields";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

interface Exception {
  date: string;
  shifts?: Shift[];
  label?: string;
}

type Hours = Partial<Record<(typeof DAYS)[number], Shift[]>> & { exceptions?: Exception[]; holidays?: string };

/** When it is open, by weekday, with the days that are different. */
export function HoursField({ label, help, error, value = {}, onChange }: FieldProps<Hours>) {
  const { t } = useTranslation("flows");
  const choiceText = useChoiceText();
  const exceptions = value.exceptions ?? [];
  const setException = (index: number, part: Partial<Exception>) => {
    onChange({ ...value, exceptions: exceptions.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  };
  return (
    <Input.Wrapper label={label} description={help} error={error} role="group" labelElement="div">
      <Stack gap={6} mt={4}>
        {DAYS.map((day) => (
          <div key={`${day} ${writeShifts(value[day] ?? [])}`} className={classes.day}>
            <Text size="sm">{t(`hours.${day}`)}</Text>
            <ShiftInput
              label={t(`hours.${day}`)}
              shifts={value[day] ?? []}
              onChange={(shifts) => {
                onChange({ ...value, [day]: shifts });
              }}
            />
          </div>
        ))}
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => {
            const monday = value.mon ?? [];
            onChange({ ...value, ...Object.fromEntries(DAYS.slice(1, 5).map((day) => [day, monday])) });
          }}
        >
          {t("hours.copyDown")}
        </Button>
        <Select
          label={t("hours.holidays")}
          allowDeselect={false}
          data={["VN", "none"].map((choice) => ({ value: choice, label: choiceText(choice) }))}
          value={value.holidays ?? "VN"}
          onChange={(holidays) => {
            onChange({ ...value, holidays: holidays ?? "VN" });
          }}
        />
        <Text size="sm" fw={500}>
          {t("hours.exceptions")}
        </Text>
        {exceptions.map((exception, index) => (
          <Group key={index} gap={6} wrap="nowrap">
            <TextInput
              type="date"
              aria-label={t("hours.date")}
              value={exception.date}
              onChange={({ currentTarget }) => {
                setException(index, { date: currentTarget.value });
              }}
            />
            <ShiftInput
              label={t("hours.shifts")}
              shifts={exception.shifts ?? []}
              onChange={(shifts) => {
                setException(index, { shifts });
              }}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("hours.remove", { date: exception.date })}
              onClick={() => {
                onChange({ ...value, exceptions: exceptions.filter((_one, at) => at !== index) });
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
            onChange({ ...value, exceptions: [...exceptions, { date: "" }] });
          }}
        >
          {t("hours.add")}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}

interface ShiftInputProps {
  label: string;
  shifts: Shift[];
  onChange: (shifts: Shift[]) => void;
}

/** The shifts of one day, taken over when the field is left or Enter is pressed. */
function ShiftInput({ label, shifts, onChange }: ShiftInputProps) {
  const { t } = useTranslation("flows");
  const [text, setText] = useState(() => writeShifts(shifts));
  const read = readShifts(text);
  const take = () => {
    if (read !== null && writeShifts(read) !== writeShifts(shifts)) onChange(read);
  };
  return (
    <TextInput
      flex={1}
      aria-label={label}
      placeholder={t("hours.closed")}
      value={text}
      error={read === null && t("hours.bad")}
      onBlur={take}
      onKeyDown={({ key }) => {
        if (key === "Enter") take();
      }}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
      }}
    />
  );
}
