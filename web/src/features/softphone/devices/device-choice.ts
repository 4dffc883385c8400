import { useSyncExternalStore } from "react";

/** What this computer's agent chose; "" is the system's choice. */
export interface DeviceChoice {
  microphone: string;
  /** Where the customer is heard. */
  speaker: string;
  /** Where it rings: often not the headset. */
  ring: string;
  /** 0 to 1. */
  ringVolume: number;
  shortcuts: boolean;
}

const KEY = "callcenter.softphone.devices";

const DEFAULTS: DeviceChoice = { microphone: "", speaker: "", ring: "", ringVolume: 0.7, shortcuts: true };

let known: { text: string | null; choice: DeviceChoice } = { text: null, choice: DEFAULTS };
const watchers = new Set<() => void>();

/** Return the choice, the same object until it changes. */
export function deviceChoice(): DeviceChoice {
  let text: string | null = null;
  try {
    text = localStorage.getItem(KEY);
    if (text !== known.text) {
      known = { text, choice: { ...DEFAULTS, ...(JSON.parse(text ?? "{}") as Partial<DeviceChoice>) } };
    }
  } catch {
    known = { text, choice: DEFAULTS };
  }
  return known.choice;
}

export function chooseDevices(change: Partial<DeviceChoice>): void {
  const choice = { ...deviceChoice(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(choice));
  } catch {
    known = { text: null, choice };
  }
  watchers.forEach((watcher) => {
    watcher();
  });
}

/** Call `watcher` when something else is chosen, here or in another tab. */
export function watchDeviceChoice(watcher: () => void): () => void {
  const onStorage = ({ key }: StorageEvent): void => {
    if (key === KEY) watcher();
  };
  watchers.add(watcher);
  addEventListener("storage", onStorage);
  return () => {
    watchers.delete(watcher);
    removeEventListener("storage", onStorage);
  };
}

export function useDeviceChoice(): DeviceChoice {
  return useSyncExternalStore(watchDeviceChoice, deviceChoice);
}
