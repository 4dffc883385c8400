import type { Language } from "@/shared/i18n/language";

import type { NodeType } from "./catalogue";
import { fold } from "./search";

/** Return the node types that fit a text, best first: by their names in the reader's language, then in the other. */
export function rankTypes(types: readonly NodeType[], query: string, language: Language): NodeType[] {
  const wanted = fold(query.trim());
  const other: Language = language === "vi" ? "en" : "vi";
  const rank = ({ label, help }: NodeType): number => {
    if (fold(label[language]).startsWith(wanted)) return 0;
    if (fold(label[language]).includes(wanted)) return 1;
    if (fold(label[other]).includes(wanted)) return 2;
    return fold(help[language]).includes(wanted) ? 3 : -1;
  };
  return types
    .map((type) => ({ type, rank: rank(type) }))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .map(({ type }) => type);
}
