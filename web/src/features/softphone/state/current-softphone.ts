import { useSyncExternalStore } from "react";

import { QUIET, type PhoneAction, type PhoneSnapshot } from "../phone/snapshot";

/** The part of {@link SoftphoneTab} that pages use. */
export interface SoftphoneView {
  readonly snapshot: PhoneSnapshot;
  readonly isPhone: boolean;
  watch: (watcher: () => void) => () => void;
  act: (action: PhoneAction) => void;
}

/** The softphone of this tab. It is here rather than in a provider because it outlives the pages that show it. */
let current: SoftphoneView | null = null;
const watchers = new Set<() => void>();

export function setCurrentSoftphone(softphone: SoftphoneView | null): void {
  current = softphone;
  watchers.forEach((watcher) => {
    watcher();
  });
}

function useCurrent(): SoftphoneView | null {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => current,
  );
}

const NOTHING = (): (() => void) => () => undefined;

/** What the phone of this browser does, wherever its tab is. */
export function usePhone(): PhoneSnapshot {
  const softphone = useCurrent();
  return useSyncExternalStore(softphone?.watch ?? NOTHING, () => softphone?.snapshot ?? QUIET);
}

/** Whether this very tab is the phone. */
export function useIsPhone(): boolean {
  const softphone = useCurrent();
  return useSyncExternalStore(softphone?.watch ?? NOTHING, () => softphone?.isPhone ?? false);
}

/** Ask something of the phone. */
export function actOnPhone(action: PhoneAction): void {
  current?.act(action);
}
