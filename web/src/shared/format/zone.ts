/** The zone that times are shown in: the call center's, wherever the browser is. Until it is known, the browser's. */
let zone: string | undefined;

export function setZone(name: string): void {
  zone = name;
}

/** For `timeZone` of Intl's options. */
export function shownZone(): string | undefined {
  return zone;
}

const CLOCK = { hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" } as const;
const PARTS = { ...CLOCK, hour: "numeric", minute: "numeric", second: "numeric" } as const;

/** Return how far the zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetAt(at: number): number {
  const parts = new Intl.DateTimeFormat("en", { ...PARTS, timeZone: zone }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return shown - Math.floor(at / 1000) * 1000;
}

/** Return the moment when clocks of the zone show this; whole days and months may be counted over. */
export function inZone(year: number, month: number, day: number, hour = 0, minute = 0): Date {
  const shown = Date.UTC(year, month, day, hour, minute);
  // The offset of a moment near by may be another one: around the change of daylight saving time.
  return new Date(shown - offsetAt(shown - offsetAt(shown)));
}

/** Return the day that calendars of the zone show at a moment; months count from 0. */
export function dayInZone(at: Date): { year: number; month: number; day: number } {
  const shown = new Date(at.getTime() + offsetAt(at.getTime()));
  return { year: shown.getUTCFullYear(), month: shown.getUTCMonth(), day: shown.getUTCDate() };
}
