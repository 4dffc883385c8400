/** What has to survive a reload: which call was here, and whether the agent was muted in it. */
export interface RememberedSession {
  callId: string;
  muted: boolean;
}

/** Where one browser keeps it, for whichever of its tabs is the phone next. */
export interface SessionMemory {
  read(): RememberedSession | null;
  write(session: RememberedSession | null): void;
}

const KEY = "callcenter.softphone.session";

export const browserMemory: SessionMemory = {
  read() {
    try {
      const value = JSON.parse(localStorage.getItem(KEY) ?? "null") as Partial<RememberedSession> | null;
      return typeof value?.callId === "string" ? { callId: value.callId, muted: value.muted === true } : null;
    } catch {
      return null;
    }
  },
  write(session) {
    try {
      if (session === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, JSON.stringify(session));
    } catch {
      // Storage may be forbidden. A reload then asks the server, which knows the call, but not that we were muted.
    }
  },
};

const DEVICE_KEY = "callcenter.softphone.device";

/** Return this tab's name towards the server: the same after a reload, another one in every other tab. */
export function deviceId(): string {
  const made = crypto.randomUUID();
  try {
    const known = sessionStorage.getItem(DEVICE_KEY);
    if (known === null) sessionStorage.setItem(DEVICE_KEY, made);
    return known ?? made;
  } catch {
    return made;
  }
}
