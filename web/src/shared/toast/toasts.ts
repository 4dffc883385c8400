import { useSyncExternalStore } from "react";

export type ToastTone = "good" | "bad" | "warning" | "quiet";

export interface Toast {
  id: number;
  tone: ToastTone;
  text: string;
}

/** Good news goes by itself; what needs an answer stays longer. */
const SHOWN_MS: Record<ToastTone, number> = { good: 4000, quiet: 6000, warning: 10_000, bad: 12_000 };
const MOST = 4;

let toasts: readonly Toast[] = [];
let counted = 0;
const listeners = new Set<() => void>();

function become(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Show a short message in the corner of every page. */
export function showToast(tone: ToastTone, text: string): void {
  counted += 1;
  const id = counted;
  become([...toasts, { id, tone, text }].slice(-MOST));
  setTimeout(() => {
    dismissToast(id);
  }, SHOWN_MS[tone]);
}

export function dismissToast(id: number): void {
  if (toasts.some((toast) => toast.id === id)) become(toasts.filter((toast) => toast.id !== id));
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => toasts,
  );
}
