import { useSyncExternalStore } from "react";

import { onUnauthenticated } from "@/shared/api/credentials";

/** Whether the server stopped knowing this session while a page was open. The page stays: nothing typed is lost. */
let expired = false;
const listeners = new Set<() => void>();

function change(value: boolean): void {
  if (expired === value) return;
  expired = value;
  for (const listener of listeners) listener();
}

onUnauthenticated(() => {
  change(true);
});

/** Say that somebody is signed in again, or that it is meant to be over. */
export function forgetExpiry(): void {
  change(false);
}

export function useSessionExpired(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => expired,
  );
}
