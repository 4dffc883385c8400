import { NumberInput, Select, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { en } from "../texts/en";
import type { FieldProps } from "./form-context";

type KnownChoice = keyof typeof en.choice;

/** Return a function that says a value of a choice in words; a value that nobody named says itself. */
export function useChoiceText(): (choice: string) => string {
  const { t } = useTranslation("flows");
  return (choice) => (Object.hasOwn(en.choice, choice) ? t(`choice.${choice as KnownChoice}`) : choice);
}

export function TextField({ field, label, help, error, value, onChange }: FieldProps<string>) {
  const usual = typeof field.schema.default === "string" ? field.schema.default : "";
  const common = {
    label,
    description: help,
    error,
    required: field.required,
    withAsterisk: field.required,
    maxLength: field.schema.maxLength,
    value: value ?? usual,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => {
      onChange(currentTarget.value === "" && field.nullable ? undefined : currentTarget.value);
    },
  };
  return field.kind === "long-text" ? (
    <Textarea autosize minRows={2} maxRows={12} {...common} />
  ) : (
    <TextInput {...common} />
  );
}

export function NumberField({ field, label, help, error, value, onChange }: FieldProps<number>) {
  const { schema, nullable } = field;
  const usual = typeof schema.default === "number" ? schema.default : undefined;
  return (
    <NumberInput
      label={label}
      description={help}
      error={error}
      {...(schema.minimum !== undefined && { min: schema.minimum })}
      {...(schema.maximum !== undefined && { max: schema.maximum })}
      allowDecimal={schema.type !== "integer"}
      value={value ?? usual ?? ""}
      onChange={(number) => {
        if (typeof number === "number") onChange(number);
        else if (number === "" && (nullable || usual !== undefined)) onChange(undefined);
      }}
    />
  );
}

export function SwitchField({ field, label, help, error, value, onChange }: FieldProps<boolean>) {
  return (
    <Switch
      label={label}
      description={help}
      error={error}
      checked={value ?? field.schema.default === true}
      onChange={({ currentTarget }) => {
        onChange(currentTarget.checked);
      }}
    />
  );
}

export function ChoiceField({ field, label, help, error, value, onChange }: FieldProps<string>) {
  const choiceText = useChoiceText();
  const choices = (field.schema.enum ?? []).filter((choice) => typeof choice === "string");
  const usual = typeof field.schema.default === "string" ? field.schema.default : null;
  return (
    <Select
      label={label}
      description={help}
      error={error}
      allowDeselect={field.nullable}
      data={choices.map((choice) => ({ value: choice, label: choiceText(choice) }))}
      value={value ?? usual}
      onChange={(choice) => {
        onChange(choice ?? undefined);
      }}
    />
  );
}

/** Several short texts. */
export function TextsField({ label, help, error, value, onChange }: FieldProps<string[]>) {
  return (
    <TagsInput
      label={label}
      description={help}
      error={error}
      value={value ?? []}
      onChange={onChange}
      acceptValueOnBlur
    />
  );
}

type Scalar = string | number | boolean;

/** A text, number, yes or no, or several with commas: what is typed decides. */
export function ScalarField({ label, help, error, value, onChange }: FieldProps<Scalar | Scalar[]>) {
  const text = Array.isArray(value) ? value.join(", ") : String(value ?? "");
  return (
    <TextInput
      label={label}
      description={help}
      error={error}
      value={text}
      onChange={({ currentTarget }) => {
        onChange(currentTarget.value === "" ? undefined : readScalar(currentTarget.value));
      }}
    />
  );
}

/** Read "5" as a number and "true" as a switch; texts that only look like numbers, such as "007", stay texts. */
export function readScalar(text: string): Scalar {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return text.trim() !== "" && String(number) === text ? number : text;
}
