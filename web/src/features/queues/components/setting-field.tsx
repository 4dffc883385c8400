import { MultiSelect, NumberInput, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useQueues } from "@/shared/api/refs";

import type { Field } from "../model/fields";
import { skillsToTags, tagsToSkills, type Prompts } from "../model/settings";
import { HoursField, type Hours } from "./hours-field";
import { PromptField } from "./prompt-field";
import { RelaxationsField, type Relaxation } from "./relaxations-field";

const KEYS = Array.from("0123456789*#");

interface SettingFieldProps {
  field: Field;
  label: string;
  help: string;
  /** How a choice of the field is called. */
  choiceLabel: (choice: string) => string;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** One setting of a queue by its kind. */
export function SettingField({ field, label, help, choiceLabel, value, onChange }: SettingFieldProps) {
  const { t } = useTranslation("queues");
  const common = { label, description: help === "" ? undefined : help };
  const onText = (text: string) => {
    onChange(text === "" && field.name === "callback.caller_id" ? null : text);
  };
  switch (field.kind) {
    case "choice":
      return (
        <Select
          {...common}
          allowDeselect={false}
          data={field.choices.map((choice) => ({ value: choice, label: choiceLabel(choice) }))}
          value={value as string}
          onChange={onChange}
        />
      );
    case "switch":
      return (
        <Switch
          {...common}
          checked={value === true}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.checked);
          }}
        />
      );
    case "seconds":
    case "count":
      return (
        <NumberInput
          {...common}
          {...(field.min !== undefined && { min: field.min })}
          {...(field.max !== undefined && { max: field.max })}
          {...(field.kind === "seconds" && { suffix: t("secondsSuffix") })}
          allowDecimal={field.kind === "seconds"}
          value={value as number}
          onChange={(number) => {
            if (typeof number === "number") onChange(number);
          }}
        />
      );
    case "clock":
      return (
        <TextInput
          {...common}
          type="time"
          value={value as string}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value);
          }}
        />
      );
    case "key":
      return <Select {...common} allowDeselect={false} data={KEYS} value={value as string} onChange={onChange} />;
    case "text":
      return (
        <TextInput
          {...common}
          value={(value as string | null) ?? ""}
          onChange={({ currentTarget }) => {
            onText(currentTarget.value);
          }}
        />
      );
    case "skills":
      return (
        <TagsInput
          {...common}
          value={skillsToTags((value ?? {}) as Record<string, number>)}
          onChange={(tags) => {
            onChange(tagsToSkills(tags));
          }}
        />
      );
    case "queues":
      return <QueuesField {...common} value={(value ?? []) as string[]} onChange={onChange} />;
    case "relaxations":
      return <RelaxationsField {...common} value={(value ?? []) as Relaxation[]} onChange={onChange} />;
    case "prompts":
      return <PromptField {...common} value={(value ?? {}) as Prompts} onChange={onChange} />;
    case "hours":
      return <HoursField value={value as Hours} onChange={onChange} />;
  }
}

interface QueuesFieldProps {
  label: string;
  description: string | undefined;
  value: string[];
  onChange: (codes: string[]) => void;
}

function QueuesField({ label, description, value, onChange }: QueuesFieldProps) {
  const queues = useQueues();
  return (
    <MultiSelect
      label={label}
      description={description}
      searchable
      data={(queues.data ?? []).map(({ code, name }) => ({ value: code, label: name }))}
      value={value}
      onChange={onChange}
    />
  );
}
