/** Who was on the line last: the wrap-up still names them when the call itself is gone from the feed. */
export interface LastCaller {
  callId: string;
  name: string;
  number: string | null;
}

const KEY = "callcenter.softphone.last-caller";

let last: LastCaller | null = null;

export function rememberCaller(caller: LastCaller): void {
  if (last !== null && JSON.stringify(last) === JSON.stringify(caller)) return;
  last = caller;
  try {
    localStorage.setItem(KEY, JSON.stringify(caller));
  } catch {
    // Without storage the name is gone after a reload.
  }
}

/** Return who was on the line in this call, when it was the last one here. */
export function callerOf(callId: string): LastCaller | null {
  try {
    last ??= JSON.parse(localStorage.getItem(KEY) ?? "null") as LastCaller | null;
  } catch {
    return null;
  }
  return last?.callId === callId ? last : null;
}
