import type { Label } from "./catalogue";
import type { Json } from "./document";
import { omit } from "./omit";

/** As much of JSON Schema as settings of nodes are described with. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  title?: string;
  description?: string;
  format?: string;
  pattern?: string;
  enum?: Json[];
  const?: Json;
  default?: Json;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  patternProperties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  discriminator?: { propertyName: string; mapping?: Record<string, string> };
  label?: Label;
  help?: Label;
}

/** What a setting is chosen or typed with. */
export type FieldKind =
  | "text"
  | "long-text"
  | "number"
  | "switch"
  | "choice"
  | "expression"
  | "template"
  | "prompts"
  | "hours"
  | "key-map"
  | "reference"
  | "texts"
  | "list"
  | "object"
  | "variants"
  | "scalar"
  | "map"
  | "json";

/** References that are chosen from a list, by the schema's format. */
export const REFERENCES = ["store", "queue", "flow", "extension", "plan", "mailbox", "audio-file"] as const;
export type ReferenceKind = (typeof REFERENCES)[number];

export interface Field {
  name: string;
  /** With references followed and the alternative "nothing" taken out. */
  schema: Schema;
  kind: FieldKind;
  required: boolean;
  /** May be left empty, which is written as leaving it out. */
  nullable: boolean;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Follow a reference within its document; what stands beside the reference counts. */
export function resolve(schema: Schema, root: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const target = root.$defs?.[schema.$ref.replace("#/$defs/", "")];
  const beside = omit(schema, "$ref");
  return target === undefined ? beside : { ...resolve(target, root), ...beside };
}

function isNull(schema: Schema): boolean {
  return schema.type === "null";
}

/** Return the fields of an object, in the order they were declared. */
export function fieldsOf(object: Schema, root: Schema): Field[] {
  const required = new Set(object.required ?? []);
  return Object.entries(object.properties ?? {}).map(([name, property]) => {
    const whole = resolve(property, root);
    const rest = (whole.anyOf ?? []).filter((alternative) => !isNull(alternative));
    const nullable = whole.anyOf?.some(isNull) === true;
    const [only] = rest;
    const schema = nullable && rest.length === 1 && only ? { ...resolve(only, root), ...omit(whole, "anyOf") } : whole;
    return { name, schema, kind: kindOf(schema, root), required: required.has(name), nullable };
  });
}

const BY_FORMAT: Record<string, FieldKind> = {
  prompts: "prompts",
  expression: "expression",
  template: "template",
  ...Object.fromEntries(REFERENCES.map((name) => [name, "reference" as const])),
};

/** Tell how a setting is entered. What no special field knows is edited as JSON, so that nothing is out of reach. */
export function kindOf(schema: Schema, root: Schema): FieldKind {
  const byFormat = BY_FORMAT[schema.format ?? ""];
  if (byFormat !== undefined) return byFormat;
  if (schema.enum !== undefined) return "choice";
  if (schema.discriminator !== undefined) return "variants";
  if (schema.anyOf !== undefined) return schema.anyOf.every((one) => isScalar(resolve(one, root))) ? "scalar" : "json";
  switch (schema.type) {
    case "string":
      return (schema.maxLength ?? 0) > 1000 && schema.pattern === undefined ? "long-text" : "text";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "switch";
    case "array":
      return listKind(resolve(schema.items ?? {}, root));
    case "object":
      return objectKind(schema);
    default:
      return "json";
  }
}

function listKind(item: Schema): FieldKind {
  if (item.type === "string") return "texts";
  if (item.type !== "object" || item.properties === undefined) return "json";
  return "keys" in item.properties ? "key-map" : "list";
}

function objectKind(schema: Schema): FieldKind {
  if (schema.properties === undefined) return schema.additionalProperties === undefined ? "json" : "map";
  return DAYS.every((day) => schema.properties !== undefined && day in schema.properties) ? "hours" : "object";
}

function isScalar(schema: Schema): boolean {
  if (schema.type === "array") return schema.items?.type !== "object";
  return ["string", "number", "integer", "boolean", "null"].includes(String(schema.type));
}
