import type { Json } from "./document";

/** What the world is like in a tried-out call. Empty texts are left out. */
export interface Scenario {
  caller: string;
  /** `YYYY-MM-DDTHH:mm` where the flow is at home; "": a working morning. */
  at: string;
  /** How the look-up of the caller ends, and who is found. */
  customer: string;
  customerName: string;
  /** How the search for the last store ends, and the code of the store found. */
  store: string;
  storeCode: string;
  /** Whether stores are open. */
  hours: string;
}

export const SCENARIO_CHOICES = {
  customer: ["none", "found", "multiple", "error"],
  store: ["none", "found", "multiple", "closed", "error"],
  hours: ["open", "closed", "holiday", "unknown"],
} as const satisfies Partial<Record<keyof Scenario, readonly string[]>>;

export type ScenarioChoice = keyof typeof SCENARIO_CHOICES;

/** What the call can wait for besides keys, and how each can end. */
export const OUTCOMES = {
  http: ["success", "client_error", "server_error", "timeout", "blocked", "invalid"],
  dial: ["answered", "no_answer", "busy", "unavailable", "closed", "left", "failed"],
  queue: ["answered", "max_wait", "callback", "key", "full", "join_empty", "leave_empty", "closed", "failed"],
  callback: ["requested", "exists", "failed"],
  voicemail: ["recorded", "empty", "failed"],
} as const;

export type WaitKind = keyof typeof OUTCOMES;
export type Outcome = (typeof OUTCOMES)[WaitKind][number];

export function isWaitKind(kind: string): kind is WaitKind {
  return kind in OUTCOMES;
}

/** What happens next in the call, as the server takes it. */
export type Input = { keys: string } | { hangup: true } | Partial<Record<WaitKind, Json>>;

export function newScenario(): Scenario {
  return {
    caller: "0912345678",
    at: "",
    customer: "none",
    customerName: "",
    store: "none",
    storeCode: "",
    hours: "open",
  };
}

interface StoreEntry {
  code: string;
  name: string;
}

/** Write a scenario as the server takes it. */
export function writeScenario(
  scenario: Scenario,
  stores: readonly StoreEntry[],
  timezone: string,
): Record<string, Json> {
  const { caller, at, customer, customerName, store, storeCode, hours } = scenario;
  const found = stores.find(({ code }) => code === storeCode) ?? { code: storeCode, name: storeCode };
  return {
    caller_number: caller === "" ? null : caller,
    ...(at !== "" && { at: `${at}:00${offsetOf(timezone, at)}` }),
    customer: { outcome: customer, customers: customer === "found" ? [{ id: "1", name: customerName }] : [] },
    store: { outcome: store, stores: store === "found" ? [{ code: found.code, name: found.name }] : [] },
    hours: Object.fromEntries(stores.map(({ code }) => [code, hours])),
  };
}

/** Return a time zone's offset at a local time, e.g. `+07:00`. */
export function offsetOf(timezone: string, local: string): string {
  try {
    const format = new Intl.DateTimeFormat("en", { timeZone: timezone, timeZoneName: "longOffset" });
    const name = format.formatToParts(new Date(`${local}Z`)).find(({ type }) => type === "timeZoneName")?.value ?? "";
    return name === "GMT" ? "+00:00" : name.replace("GMT", "");
  } catch {
    return "+07:00";
  }
}
