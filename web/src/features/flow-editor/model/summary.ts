import type { FlowNode, Json } from "./document";
import { resolve, type Schema } from "./schema";

const LONGEST = 90;

/**
 * Return the first thing somebody would say about a node: the words it speaks, else what it refers to. Works on the
 * schema alone, so that it holds for every type of node.
 */
export function summaryOf(node: FlowNode, schema: Schema): string {
  const names = Object.entries(schema.properties ?? {})
    .filter(([name, property]) => name !== "name" && resolve(property, schema).enum === undefined)
    .map(([name]) => name);
  for (const name of names) {
    const spoken = spokenIn(node.data[name]);
    if (spoken !== "") return shorten(spoken);
  }
  const [first] = names.map((name) => written(node.data[name])).filter((text) => text !== "");
  return shorten(first ?? "");
}

/** Return the first text among prompts, in whatever language comes first. */
function spokenIn(value: Json | undefined): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "";
  for (const parts of Object.values(value)) {
    if (!Array.isArray(parts)) continue;
    const texts = parts.flatMap((part) =>
      typeof part === "object" && part !== null && !Array.isArray(part) && typeof part.text === "string"
        ? [part.text]
        : [],
    );
    if (texts.length > 0) return texts.join(" ");
  }
  return "";
}

function written(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const [first] = value;
    return typeof first === "object" && first !== null && !Array.isArray(first)
      ? scalars(first).join(" = ")
      : value.filter((item) => typeof item === "string").join(", ");
  }
  if (typeof value !== "object" || value === null) return "";
  return scalars(value, "kind").join(" · ");
}

function scalars(value: Record<string, Json>, ...without: string[]): string[] {
  return Object.entries(value).flatMap(([name, item]) =>
    typeof item === "string" && item !== "" && !without.includes(name) ? [item] : [],
  );
}

function shorten(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).trimEnd()}…` : text;
}
