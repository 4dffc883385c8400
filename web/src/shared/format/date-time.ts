/** English with the day first and 24 hours, as people in Vietnam write it. */
function locale(language: string): string {
  return language === "en" ? "en-GB" : language;
}

/** "14:05", or with the day when it was not today: "3 Nov, 14:05". */
export function formatWhen(iso: string, language: string, now = Date.now()): string {
  const at = new Date(iso);
  const today = new Date(now);
  const time = { hour: "2-digit", minute: "2-digit" } as const;
  if (at.toDateString() === today.toDateString()) return at.toLocaleTimeString(locale(language), time);
  const year = at.getFullYear() === today.getFullYear() ? {} : ({ year: "numeric" } as const);
  return at.toLocaleString(locale(language), { day: "numeric", month: "short", ...year, ...time });
}

/** The full date and time, with seconds. */
export function formatExact(iso: string, language: string): string {
  return new Date(iso).toLocaleString(locale(language), { dateStyle: "long", timeStyle: "medium" });
}
