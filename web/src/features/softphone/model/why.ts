import type { LiveCallView } from "@/shared/live/views";

/** A sentence to translate: `why.<text>` filled with names, dates already as ISO. */
export interface WhySentence {
  text: string;
  store?: string;
  at?: string;
  reason?: string;
  count?: number;
}

type Json = Record<string, unknown>;

const CONTACTS = new Set([
  "call_in_answered",
  "call_out_answered",
  "call_out_unanswered",
  "purchase",
  "service_order",
  "ticket",
]);
const STEPS = new Set(["last_agent", "store", "sister_store", "region_store", "central"]);
const SKIPS = new Set([
  "closed_now",
  "closed_for_good",
  "none_registered",
  "all_busy",
  "agent_busy",
  "agent_not_registered",
  "agent_not_at_store",
  "unknown_store",
]);

/**
 * Say in sentences why a call came to this agent, from the explanation that routing keeps with the call. Parts that
 * this version does not know are left out rather than shown raw.
 */
export function whySentences(call: LiveCallView): WhySentence[] {
  const why = call.why ?? {};
  const sentences: WhySentence[] = [];
  if (call.transfers > 0) sentences.push({ text: "transferred", count: call.transfers });
  if (call.direction === "outbound") return [...sentences, { text: "outbound" }];
  if (why.rule === "last_store") {
    sentences.push(...history(why), ...step(why), ...skipped(why));
  }
  if (call.queue !== null) sentences.push({ text: "queue", store: call.queue.name });
  if (sentences.length === 0) sentences.push({ text: "flow" });
  return sentences;
}

function history(why: Json): WhySentence[] {
  const store = storeName(why, why.store_id);
  if (why.outcome === "none") return [{ text: "none" }];
  if (why.outcome === "error") return [{ text: "error" }];
  if (why.outcome === "multiple") return [{ text: "multiple" }];
  if (store === null) return [];
  if (why.reason === "best_score") return [{ text: "bestScore", store }];
  const last = lastContact(why);
  if (last === null) return [{ text: "store", store }];
  return [{ text: `contact.${last.kind}`, store, at: last.at }];
}

/** The newest contact that decided. */
function lastContact(why: Json): { kind: string; at: string } | null {
  for (const event of records(why.events)) {
    const { kind, at, counted } = event;
    if (counted === false || typeof kind !== "string" || typeof at !== "string" || !CONTACTS.has(kind)) continue;
    return { kind, at };
  }
  return null;
}

/** Which step of the chain rings now: the first that has not been tried. */
function step(why: Json): WhySentence[] {
  const tried = records(why.attempts).length;
  const now = records(why.steps)[tried];
  if (typeof now?.kind !== "string" || !STEPS.has(now.kind)) return [];
  const store = storeName(why, now.store_id);
  return [{ text: `step.${now.kind}`, ...(store !== null && { store }) }];
}

function skipped(why: Json): WhySentence[] {
  return records(why.skipped).flatMap((entry) => {
    const store = storeName(why, entry.store_id);
    const reason = typeof entry.reason === "string" && SKIPS.has(entry.reason) ? entry.reason : null;
    return store === null || reason === null ? [] : [{ text: "skipped", store, reason }];
  });
}

function storeName(why: Json, id: unknown): string | null {
  if (typeof id !== "string") return null;
  const stores = why.stores as Record<string, { name?: unknown }> | undefined;
  const name = stores?.[id]?.name;
  return typeof name === "string" ? name : null;
}

function records(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}
