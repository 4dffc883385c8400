import type { FlowDocument, Json } from "../model/document";
import { omit } from "../model/omit";
import type { Field, FieldKind } from "../model/schema";
import { CodeField, MapField } from "./code-field";
import { ExpressionField } from "./expression-field";
import { useFieldTexts, type FieldProps } from "./form-context";
import { HoursField } from "./hours-field";
import { KeyMapField } from "./key-map-field";
import { ListField } from "./list-field";
import { PromptsField } from "./prompts-field";
import { ReferenceField } from "./reference-field";
import { ChoiceField, NumberField, ScalarField, SwitchField, TextField, TextsField } from "./simple-fields";
import { ObjectField, VariantsField } from "./structure-fields";

export type Settings = FlowDocument["nodes"][number]["data"];

type AnyField = (props: FieldProps<Json>) => React.ReactNode;

/** Let a component stand for a kind of field: the kind says that its values have the shape the component asks for. */
function shaped<T>(component: (props: FieldProps<T>) => React.ReactNode): AnyField {
  return component as unknown as AnyField;
}

/** The component for each kind; a schema no field knows ends as JSON, so that everything can be set. */
const FIELDS: Record<FieldKind, AnyField> = {
  text: shaped(TextField),
  "long-text": shaped(TextField),
  number: shaped(NumberField),
  switch: shaped(SwitchField),
  choice: shaped(ChoiceField),
  expression: shaped(ExpressionField),
  template: shaped(ExpressionField),
  prompts: shaped(PromptsField),
  hours: shaped(HoursField),
  "key-map": shaped(KeyMapField),
  reference: shaped(ReferenceField),
  texts: shaped(TextsField),
  list: shaped(ListField),
  object: shaped(ObjectField),
  variants: shaped(VariantsField),
  scalar: shaped(ScalarField),
  map: shaped(MapField),
  json: shaped(CodeField),
};

interface FieldInputProps {
  field: Field;
  path: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
}

/** One setting, entered in the way its schema asks for. */
export function FieldInput({ field, path, value, onChange }: FieldInputProps) {
  const texts = useFieldTexts(field, path);
  const Component = FIELDS[field.kind];
  return <Component field={field} path={path} {...texts} value={value} onChange={onChange} />;
}

interface FieldListProps {
  fields: readonly Field[];
  path: string;
  value: Settings;
  /** `name`: the setting that was changed last. */
  onChange: (value: Settings, name: string) => void;
}

/** Several settings of one object, below each other. */
export function FieldList({ fields, path, value, onChange }: FieldListProps) {
  return fields.map((field) => (
    <FieldInput
      key={field.name}
      field={field}
      path={path === "" ? field.name : `${path}.${field.name}`}
      value={value[field.name]}
      onChange={(next) => {
        onChange(written(value, field.name, next), field.name);
      }}
    />
  ));
}

function written(value: Settings, name: string, next: Json | undefined): Settings {
  // A setting that was there keeps its place, so that files differ only where something changed.
  return next === undefined ? omit(value, name) : { ...value, [name]: next };
}
