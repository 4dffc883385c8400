/** What the keyboard can do, wherever the focus is but in a field. Alt, so that nothing happens by accident. */
export const SHORTCUTS = [
  { key: "a", action: "answer" },
  { key: "x", action: "hangUp" },
  { key: "m", action: "mute" },
  { key: "h", action: "hold" },
  { key: "k", action: "keypad" },
  { key: "t", action: "transfer" },
  { key: "r", action: "recording" },
  { key: "n", action: "notes" },
  { key: "c", action: "dial" },
  { key: "v", action: "available" },
  { key: "b", action: "break" },
  { key: "p", action: "panel" },
] as const;

export type ShortcutAction = (typeof SHORTCUTS)[number]["action"] | "help";

interface Pressed {
  key: string;
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  repeat: boolean;
  target: EventTarget | null;
}

/** Return what the pressed keys ask for, or null. */
export function shortcutOf(event: Pressed): ShortcutAction | null {
  if (event.repeat || event.ctrlKey || event.metaKey || isField(event.target)) return null;
  if (!event.altKey) return event.key === "?" ? "help" : null;
  // With Alt some systems type another letter; the key's place on the keyboard is then what was meant.
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace(/^Key/, "").toLowerCase();
  return SHORTCUTS.find(({ key }) => key === letter)?.action ?? null;
}

const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable='false']), [role='textbox']";

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(FIELDS) !== null;
}
