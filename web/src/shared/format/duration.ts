const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Say a duration in its two largest units: "3 hours 12 minutes", "2 giờ 5 phút". */
export function formatDuration(seconds: number, language: string): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  const first = UNITS.findIndex(([, size]) => rest >= size);
  if (first === -1) return formatUnit(0, "second", language);
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(formatUnit(count, unit, language));
  }
  return parts.join(" ");
}

/** Say how long ago something was: "now", "12 seconds ago", "3 phút trước". */
export function formatAgo(seconds: number, language: string): string {
  const rest = Math.max(0, Math.floor(seconds));
  const [unit, size] = UNITS.find(([, size]) => rest >= size) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-Math.floor(rest / size), unit);
}

function formatUnit(count: number, unit: string, language: string): string {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
}
