/** Return the one or two letters that stand for a person; "" for what is no name. Vietnamese given names come last. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const last = words.at(-1);
  if (last === undefined) return "";
  const letters = words.length > 1 ? [words[0], last] : [last];
  return letters.map((word) => word?.at(0)?.toLocaleUpperCase("vi") ?? "").join("");
}
