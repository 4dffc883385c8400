import { useEffect, useEffectEvent } from "react";

import { useEditor } from "./editor-context";
import { useAutoLayout } from "./use-auto-layout";
import { useCommands } from "./use-commands";

/** Tell whether keys belong to what has the focus: a field, or a dialog above the page. */
function isBusy(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return (
    target.closest("input, textarea, select, [contenteditable=true], [role=dialog], [role=listbox], [role=menu]") !==
    null
  );
}

/** Listen for the editor's keys while it is there. */
export function useShortcuts(): void {
  const { store, session } = useEditor();
  const commands = useCommands();
  const layout = useAutoLayout();

  const withControl = (key: string, shift: boolean): (() => void) | undefined => {
    const { undo, redo, selectAll, show } = store.getState();
    const actions: Record<string, () => void> = {
      z: shift ? redo : undo,
      y: redo,
      a: selectAll,
      d: commands.duplicate,
      f: () => {
        show({ searching: true });
      },
      s: () => void session.autosave.flush(),
    };
    return actions[key];
  };

  const plain = (key: string): (() => void) | undefined => {
    const { show, select, readOnly } = store.getState();
    const actions: Record<string, () => void> = {
      Delete: commands.remove,
      Backspace: commands.remove,
      a: commands.openAddMenu,
      c: () => {
        show({ panel: "inspector" });
        requestAnimationFrame(() =>
          document.querySelector<HTMLElement>("[data-exit] input:not([type=hidden])")?.focus(),
        );
      },
      l: () => void layout(),
      f: commands.fit,
      "+": commands.zoomIn,
      "-": commands.zoomOut,
      t: () => {
        show({ panel: "simulator" });
      },
      "?": () => {
        show({ helpShown: true });
      },
      Escape: () => {
        show({ addMenu: null, searching: false });
        select([]);
      },
    };
    const edits = ["Delete", "Backspace", "a", "l"];
    return readOnly && edits.includes(key) ? undefined : actions[key];
  };

  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const { key, target, altKey } = event;
    const control = event.ctrlKey || event.metaKey;
    if (altKey || (isBusy(target) && !(control && ["f", "s"].includes(key)))) return;
    const action = control ? withControl(key.toLowerCase(), event.shiftKey) : plain(key);
    if (action === undefined) return;
    event.preventDefault();
    action();
  });

  const onClipboard = useEffectEvent((event: ClipboardEvent) => {
    const selected = globalThis.getSelection()?.toString() ?? "";
    if (isBusy(event.target) || (event.type !== "paste" && selected !== "")) return;
    if (event.type === "paste") {
      if (!store.getState().readOnly) commands.paste(event.clipboardData?.getData("text/plain") ?? "");
    } else {
      const text = commands.copy();
      if (text === null) return;
      event.clipboardData?.setData("text/plain", text);
      if (event.type === "cut") commands.remove();
    }
    event.preventDefault();
  });

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      onKeyDown(event);
    };
    const clipboard = (event: ClipboardEvent) => {
      onClipboard(event);
    };
    document.addEventListener("keydown", keys);
    for (const type of ["copy", "cut", "paste"] as const) document.addEventListener(type, clipboard);
    return () => {
      document.removeEventListener("keydown", keys);
      for (const type of ["copy", "cut", "paste"] as const) document.removeEventListener(type, clipboard);
    };
  }, []);
}
