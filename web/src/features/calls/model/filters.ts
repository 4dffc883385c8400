import { dayInZone, inZone } from "@/shared/format/zone";
import type { paths } from "@/shared/api/schema.gen";

/** What the call log is narrowed to, as it stands in the page's address. */
export interface CallFilters {
  period?: Period;
  from?: string;
  to?: string;
  number?: string;
  agent_id?: string;
  store_id?: string;
  queue_id?: string;
  outcome?: string;
  direction?: string;
}

export const PERIODS = ["today", "yesterday", "week", "month", "all", "own"] as const;

export type Period = (typeof PERIODS)[number];

const TEXT_FILTERS = ["from", "to", "number", "agent_id", "store_id", "queue_id", "outcome", "direction"] as const;

/** Take from an address what is a filter. */
export function readFilters(search: Record<string, unknown>): CallFilters {
  const filters: CallFilters = {};
  for (const name of TEXT_FILTERS) {
    const value = search[name];
    // The router reads what looks like a number as one.
    if (typeof value === "string" && value !== "") filters[name] = value;
    if (typeof value === "number") filters[name] = String(value);
  }
  const period = PERIODS.find((known) => known === search.period);
  if (period !== undefined) filters.period = period;
  return filters;
}

function startOfDay(now: Date, daysAgo: number): Date {
  const { year, month, day } = dayInZone(now);
  return inZone(year, month, day - daysAgo);
}

/** Read what a field for date and time holds: "2026-03-01T14:05". */
function readMoment(text: string): Date {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = text.split(/\D/).map(Number);
  return inZone(year, month - 1, day, hour, minute);
}

/** Return the moments between which calls of a period began, in the call center's time zone. */
export function periodBounds({ period = "today", from, to }: CallFilters, now: Date): { from?: Date; to?: Date } {
  switch (period) {
    case "today":
      return { from: startOfDay(now, 0) };
    case "yesterday":
      return { from: startOfDay(now, 1), to: startOfDay(now, 0) };
    case "week":
      return { from: startOfDay(now, 6) };
    case "month":
      return { from: startOfDay(now, 29) };
    case "all":
      return {};
    case "own":
      return { ...(from && { from: readMoment(from) }), ...(to && { to: readMoment(to) }) };
  }
}

/** What the server is asked for. */
export type CallQuery = NonNullable<paths["/api/calls"]["get"]["parameters"]["query"]>;

/** Return what the server is asked for. */
export function toQuery(filters: CallFilters, now: Date): CallQuery {
  const bounds = periodBounds(filters, now);
  return {
    ...withoutPeriod(filters),
    ...(bounds.from && { from: bounds.from.toISOString() }),
    ...(bounds.to && { to: bounds.to.toISOString() }),
  };
}

/** Tell how many filters besides the period are set. */
export function countFilters(filters: CallFilters): number {
  return Object.keys(withoutPeriod(filters)).length;
}

function withoutPeriod(filters: CallFilters): Record<string, string> {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => !["period", "from", "to"].includes(name)));
}
