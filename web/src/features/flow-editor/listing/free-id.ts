/** Return an id like `stem` that no flow has. */
export function freeId(stem: string, taken: readonly string[]): string {
  let id = stem;
  for (let count = 2; taken.includes(id); count += 1) id = `${stem.slice(0, 60)}_${count}`;
  return id;
}
