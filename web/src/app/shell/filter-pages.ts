/** Put a text into the form it is compared in: lower case, without Vietnamese marks. */
export function plain(text: string): string {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d");
}

/** Return the entries whose names hold every word that was typed, marks or not. */
export function filterPages<T extends { name: string }>(entries: readonly T[], typed: string): T[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return entries.filter(({ name }) => words.every((word) => plain(name).includes(word)));
}
