import { Autocomplete, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useQueues, useStores } from "@/shared/api/refs";

import { useFlows } from "../api/flows";
import type { FieldProps } from "./form-context";

interface Option {
  value: string;
  label: string;
}

/** Something that is set up elsewhere: a store, a queue, a flow. What no list knows is typed. */
export function ReferenceField(props: FieldProps<string>) {
  switch (props.field.schema.format) {
    case "store":
      return <StoreField {...props} />;
    case "mailbox":
      return <StoreField {...props} />;
    case "queue":
      return <QueueField {...props} />;
    case "flow":
      return <FlowField {...props} />;
    default:
      return <TypedField {...props} />;
  }
}

const CENTRAL: Option = { value: "central", label: "central" };

function StoreField(props: FieldProps<string>) {
  const stores = useStores();
  const options = (stores.data ?? []).map(({ code, name }) => ({ value: code, label: `${name} · ${code}` }));
  return <Picker {...props} options={[CENTRAL, ...options.filter(({ value }) => value !== CENTRAL.value)]} />;
}

function QueueField(props: FieldProps<string>) {
  const queues = useQueues();
  return <Picker {...props} options={(queues.data ?? []).map(({ code, name }) => ({ value: code, label: name }))} />;
}

function FlowField(props: FieldProps<string>) {
  const flows = useFlows();
  return <Picker {...props} options={(flows.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} />;
}

function Picker({ field, label, help, error, value, onChange, options }: FieldProps<string> & { options: Option[] }) {
  const { t } = useTranslation("flows");
  const usual = typeof field.schema.default === "string" ? field.schema.default : "";
  const chosen = value ?? usual;
  const isKnown = chosen === "" || options.some((option) => option.value === chosen);
  return (
    <Select
      label={label}
      description={help}
      error={error}
      withAsterisk={field.required}
      searchable
      allowDeselect={field.nullable}
      placeholder={t("form.choose")}
      data={isKnown ? options : [...options, { value: chosen, label: t("form.missing", { value: chosen }) }]}
      value={chosen === "" ? null : chosen}
      onChange={(next) => {
        onChange(next ?? undefined);
      }}
    />
  );
}

function TypedField({ field, label, help, error, value, onChange }: FieldProps<string>) {
  return (
    <Autocomplete
      label={label}
      description={help}
      error={error}
      withAsterisk={field.required}
      data={[]}
      value={value ?? (typeof field.schema.default === "string" ? field.schema.default : "")}
      onChange={(text) => {
        onChange(text === "" && field.nullable ? undefined : text);
      }}
    />
  );
}
