import { Select, Stack } from "@mantine/core";

import type { Json } from "../model/document";
import { fieldsOf } from "../model/schema";
import { emptyValue, variantsOf } from "../model/schema-value";
import { FieldList, type Settings } from "./field-input";
import classes from "./fields.module.css";
import { useForm, type FieldProps } from "./form-context";
import { useChoiceText } from "./simple-fields";

/** Settings that belong together. */
export function ObjectField({ field, path, label, value = {}, onChange }: FieldProps<Settings>) {
  const { root } = useForm();
  return (
    <fieldset className={classes.group}>
      <legend>{label}</legend>
      <Stack gap="sm">
        <FieldList fields={fieldsOf(field.schema, root)} path={path} value={value} onChange={onChange} />
      </Stack>
    </fieldset>
  );
}

/** One of several shapes: the choice first, then the settings of what was chosen. */
export function VariantsField({ field, path, label, help, error, value, onChange }: FieldProps<Settings>) {
  const { root } = useForm();
  const choiceText = useChoiceText();
  const variants = variantsOf(field.schema, root);
  const tag = variants[0]?.tag ?? "kind";
  const current = variants.find((variant) => variant.value === value?.[tag]);
  const fields = current === undefined ? [] : fieldsOf(current.schema, root).filter(({ name }) => name !== tag);
  return (
    <Stack gap="sm">
      <Select
        label={label}
        description={help}
        error={error}
        withAsterisk={field.required}
        allowDeselect={field.nullable}
        data={variants.map((variant) => ({ value: variant.value, label: choiceText(variant.value) }))}
        value={current?.value ?? null}
        onChange={(chosen) => {
          const variant = variants.find(({ value: name }) => name === chosen);
          if (variant === undefined) onChange(undefined);
          else onChange({ [tag]: variant.value, ...(emptyValue(variant.schema, root) as Record<string, Json>) });
        }}
      />
      {fields.length > 0 && (
        <div className={classes.nested}>
          <FieldList fields={fields} path={path} value={value ?? {}} onChange={onChange} />
        </div>
      )}
    </Stack>
  );
}
