type Json = Record<string, unknown>;

export interface Change {
  field: string;
  before: string;
  after: string;
}

function say(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Return the fields that differ between two states of a thing. */
export function changes(before: Json | null, after: Json | null): Change[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return fields
    .map((field) => ({ field, before: say(before?.[field]), after: say(after?.[field]) }))
    .filter((change) => change.before !== change.after);
}
