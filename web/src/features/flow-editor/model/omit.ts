/** Return a copy without some of its fields. */
export function omit<T extends object, Name extends keyof T>(value: T, ...names: Name[]): Omit<T, Name> {
  const copy = { ...value };
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the copy is nobody else's yet
  for (const name of names) delete copy[name];
  return copy;
}
