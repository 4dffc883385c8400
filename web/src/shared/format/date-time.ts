import { dayInZone, shownZone } from "./zone";

/** English with the day first and 24 hours, as people in Vietnam write it. */
function locale(language: string): string {
  return language === "en" ? "en-GB" : language;
}

/** "14:05", or with the day when it was not today: "3 Nov, 14:05". */
export function formatWhen(iso: string, language: string, now = Date.now()): string {
  const at = new Date(iso);
  const day = dayInZone(at);
  const today = dayInZone(new Date(now));
  const time = { hour: "2-digit", minute: "2-digit", timeZone: shownZone() } as const;
  const sameYear = day.year === today.year;
  if (sameYear && day.month === today.month && day.day === today.day) {
    return at.toLocaleTimeString(locale(language), time);
  }
  const year = sameYear ? {} : ({ year: "numeric" } as const);
  return at.toLocaleString(locale(language), { day: "numeric", month: "short", ...year, ...time });
}

/** The full date and time, with seconds. */
export function formatExact(iso: string, language: string): string {
  const style = { dateStyle: "long", timeStyle: "medium", timeZone: shownZone() } as const;
  return new Date(iso).toLocaleString(locale(language), style);
}

/** "14 March": a day people remember. */
export function formatDay(iso: string, language: string): string {
  const style = { day: "numeric", month: "long", timeZone: shownZone() } as const;
  return new Date(iso).toLocaleDateString(locale(language), style);
}
