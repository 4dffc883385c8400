/** What an agent writes about a call, kept in this browser until the server has it. */
export interface Draft {
  note: string;
  disposition: string;
  /** The server has exactly this. */
  saved: boolean;
  /** The note that the server has. */
  savedNote: string;
  /** Milliseconds since 1970. */
  at: number;
}

export const EMPTY: Draft = { note: "", disposition: "", saved: true, savedNote: "", at: 0 };

const PREFIX = "callcenter.draft.";
const KEPT_MS = 24 * 3600_000;

const watchers = new Set<() => void>();
const cache = new Map<string, { text: string | null; draft: Draft }>();

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return cache.get(key)?.text ?? null;
  }
}

/** Return what is written about a call, the same object until it changes. */
export function draftOf(callId: string): Draft {
  const key = PREFIX + callId;
  const text = read(key);
  const known = cache.get(key);
  if (known?.text === text) return known.draft;
  let draft = EMPTY;
  try {
    draft = text === null ? EMPTY : { ...EMPTY, ...(JSON.parse(text) as Partial<Draft>) };
  } catch {
    // Something else wrote here; what cannot be read is not shown.
  }
  cache.set(key, { text, draft });
  return draft;
}

export function writeDraft(callId: string, change: Partial<Draft>, now = Date.now()): void {
  const draft = { ...draftOf(callId), saved: false, ...change, at: now };
  const key = PREFIX + callId;
  const text = JSON.stringify(draft);
  cache.set(key, { text, draft });
  try {
    localStorage.setItem(key, text);
  } catch {
    // Without storage the draft lasts as long as the page.
  }
  watchers.forEach((watcher) => {
    watcher();
  });
}

/** Take note that the server has what is written. */
export function markSaved(callId: string): void {
  writeDraft(callId, { saved: true, savedNote: draftOf(callId).note.trim() });
}

/** Drop drafts of calls that ended long ago. */
export function forgetOldDrafts(now = Date.now()): void {
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      if (draftOf(key.slice(PREFIX.length)).at < now - KEPT_MS) localStorage.removeItem(key);
    }
  } catch {
    // Nothing is stored then.
  }
}

/** Call `watcher` when a draft changes, here or in another tab. */
export function watchDrafts(watcher: () => void): () => void {
  watchers.add(watcher);
  addEventListener("storage", watcher);
  return () => {
    watchers.delete(watcher);
    removeEventListener("storage", watcher);
  };
}
