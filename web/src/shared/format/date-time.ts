/** "14:05", or with the day when it was not today: "3 Nov, 14:05". */
export function formatWhen(iso: string, language: string, now = Date.now()): string {
  const at = new Date(iso);
  const today = new Date(now);
  const time = { hour: "2-digit", minute: "2-digit" } as const;
  if (at.toDateString() === today.toDateString()) return at.toLocaleTimeString(language, time);
  const year = at.getFullYear() === today.getFullYear() ? {} : ({ year: "numeric" } as const);
  return at.toLocaleString(language, { day: "numeric", month: "short", ...year, ...time });
}

/** The full date and time, with seconds. */
export function formatExact(iso: string, language: string): string {
  return new Date(iso).toLocaleString(language, { dateStyle: "long", timeStyle: "medium" });
}
