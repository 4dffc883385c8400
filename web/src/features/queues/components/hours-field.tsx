import { Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { parseShifts } from "../model/settings";
import classes from "./hours-field.module.css";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export interface Hours {
  always_open: boolean;
  weekdays: Partial<Record<(typeof DAYS)[number], string[]>>;
  exceptions: Record<string, string[]>;
  closed_on_holidays: boolean;
  country: string;
  timezone: string;
}

interface HoursFieldProps {
  value: Hours;
  onChange: (hours: Hours) => void;
}

/** When callers are let in: always, or by weekday. */
export function HoursField({ value, onChange }: HoursFieldProps) {
  const { t } = useTranslation("queues");
  const exceptions = Object.keys(value.exceptions).length;
  return (
    <Stack gap="sm">
      <Switch
        label={t("hours.always")}
        checked={value.always_open}
        onChange={({ currentTarget }) => {
          onChange({ ...value, always_open: currentTarget.checked });
        }}
      />
      {!value.always_open && (
        <>
          <div className={classes.days}>
            {DAYS.map((day) => (
              <ShiftInput
                key={day}
                label={t(`hours.${day}`)}
                shifts={value.weekdays[day] ?? []}
                onChange={(shifts) => {
                  onChange({ ...value, weekdays: { ...value.weekdays, [day]: shifts } });
                }}
              />
            ))}
          </div>
          <Switch
            label={t("hours.holidays")}
            checked={value.closed_on_holidays}
            onChange={({ currentTarget }) => {
              onChange({ ...value, closed_on_holidays: currentTarget.checked });
            }}
          />
          <Text size="xs" c="dimmed">
            {t("hours.zone", { zone: value.timezone })} {exceptions > 0 && t("hours.exceptions", { count: exceptions })}
          </Text>
        </>
      )}
    </Stack>
  );
}

interface ShiftInputProps {
  label: string;
  shifts: string[];
  onChange: (shifts: string[]) => void;
}

/** The shifts of one day as text; kept while it cannot be read yet. */
function ShiftInput({ label, shifts, onChange }: ShiftInputProps) {
  const { t } = useTranslation("queues");
  const [text, setText] = useState(() => shifts.join(", "));
  return (
    <TextInput
      label={label}
      placeholder={t("hours.closed")}
      value={text}
      error={parseShifts(text) === null && t("hours.bad")}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        const read = parseShifts(currentTarget.value);
        if (read !== null) onChange(read);
      }}
    />
  );
}
