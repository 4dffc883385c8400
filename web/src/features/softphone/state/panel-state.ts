import { useSyncExternalStore } from "react";

/** Which part of the call panel is open below the buttons. */
export type PanelPart = "none" | "keypad" | "transfer" | "add";

interface PanelState {
  open: boolean;
  part: PanelPart;
  help: boolean;
  devices: boolean;
  /** A page shows the call itself, larger than the panel can. */
  onPage: boolean;
  /** It rings, but the browser plays nothing before a click. */
  ringBlocked: boolean;
}

let state: PanelState = { open: false, part: "none", help: false, devices: false, onPage: false, ringBlocked: false };
const watchers = new Set<() => void>();

/** Change what of the softphone is open; remembered from page to page. */
export function showPanel(change: Partial<PanelState>): void {
  state = { ...state, ...change };
  watchers.forEach((watcher) => {
    watcher();
  });
}

export function panelState(): PanelState {
  return state;
}

export function usePanel(): PanelState {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, panelState);
}
