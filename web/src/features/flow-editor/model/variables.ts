import type { Catalogue, NodeType } from "./catalogue";
import type { FlowDocument, Json } from "./document";
import { fieldsOf, resolve, type Schema } from "./schema";

/** What is known about a customer or a store once it was looked up: the fields flows usually read. */
const MEMBERS: Record<string, readonly string[]> = {
  customer: ["name", "code", "vip_level", "language", "phone"],
  store: ["code", "name", "phone"],
};

/** Return every variable a flow may read: those of each call, its own, and those its nodes set. */
export function variablesOf(
  document: FlowDocument,
  catalogue: Catalogue,
  types: ReadonlyMap<string, NodeType>,
): string[] {
  const names = new Set([...catalogue.expressions.variables, ...Object.keys(document.variables)]);
  for (const node of document.nodes) {
    const schema = types.get(node.type)?.schema;
    if (schema !== undefined) for (const name of assigned(node.data, schema, schema)) names.add(name);
  }
  if (document.nodes.some(({ type }) => type === "customer_lookup")) addMembers(names, "customer");
  if (document.nodes.some(({ type }) => type === "last_store")) addMembers(names, "store");
  return [...names].sort();
}

function addMembers(names: Set<string>, whole: string): void {
  names.add(whole);
  for (const member of MEMBERS[whole] ?? []) names.add(`${whole}.${member}`);
}

/** Return the names written where the schema says that a variable is assigned. */
function assigned(value: Json | undefined, schema: Schema, root: Schema): string[] {
  if (schema.format === "variable") return typeof value === "string" && value !== "" ? [value] : [];
  if (Array.isArray(value)) {
    const items = resolve(schema.items ?? {}, root);
    return value.flatMap((item) => assigned(item, items, root));
  }
  if (typeof value !== "object" || value === null) return [];
  return fieldsOf(schema, root).flatMap((field) => assigned(value[field.name], field.schema, root));
}
