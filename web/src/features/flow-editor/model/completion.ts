/** Names that could stand where the caret is. */
export interface Completion {
  /** What a chosen name replaces. */
  from: number;
  to: number;
  options: { name: string; kind: "variable" | "filter" }[];
}

interface Names {
  /** Names count only between `{{` and `}}`. */
  isTemplate: boolean;
  variables: readonly string[];
  filters: readonly string[];
}

const MOST = 12;

/** Find what the name before the caret could become; null when there is none, or nothing fits. */
export function complete(text: string, caret: number, { isTemplate, variables, filters }: Names): Completion | null {
  const before = text.slice(0, caret);
  if (isTemplate && !isInBraces(before)) return null;
  const [word = ""] = /[A-Za-z_][A-Za-z0-9_.]*$/.exec(before) ?? [];
  const from = caret - word.length;
  const lead = before.slice(0, from).trimEnd();
  const isFilter = lead.endsWith("|");
  const opens = isTemplate && lead.endsWith("{{");
  if (word === "" && !isFilter && !opens) return null;
  const kind = isFilter ? "filter" : "variable";
  const options = (isFilter ? filters : variables)
    .filter((name) => name !== word && name.toLowerCase().startsWith(word.toLowerCase()))
    .slice(0, MOST)
    .map((name) => ({ name, kind }) as const);
  return options.length === 0 ? null : { from, to: caret, options };
}

function isInBraces(before: string): boolean {
  return before.lastIndexOf("{{") > before.lastIndexOf("}}");
}
