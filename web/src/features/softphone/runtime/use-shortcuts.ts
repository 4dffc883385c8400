import { useEffect, useEffectEvent } from "react";

import { useSetState } from "../api/agent-state";
import { useDeviceChoice } from "../devices/device-choice";
import { shortcutOf, type ShortcutAction } from "../model/shortcuts";
import { panelState, showPanel, type PanelPart } from "../state/panel-state";
import { usePhone } from "../state/current-softphone";
import { useCallActions } from "../state/use-call-actions";
import { useMyWork } from "../state/use-my-work";

/** Elements that shortcuts lead to carry this attribute. */
export const SHORTCUT_TARGET = "data-shortcut-target";

function goTo(target: "notes" | "dial" | "state"): void {
  if (target !== "notes" || !panelState().onPage) showPanel({ open: true });
  requestAnimationFrame(() => {
    const elements = document.querySelectorAll<HTMLElement>(`[${SHORTCUT_TARGET}="${target}"]`);
    const visible = [...elements].find((element) => element.offsetParent !== null);
    visible?.focus();
    if (target === "state") visible?.click();
  });
}

function toggle(part: PanelPart): void {
  const { onPage, open, part: shown } = panelState();
  showPanel({ open: open || !onPage, part: shown === part ? "none" : part });
}

/** Let the keyboard do what the buttons do. */
export function useShortcuts(): void {
  const { ringing, current } = useMyWork();
  const phone = usePhone();
  const actions = useCallActions();
  const setState = useSetState();
  const { shortcuts } = useDeviceChoice();

  const perform: Record<ShortcutAction, () => void> = {
    answer: () => {
      actions.answer(ringing);
    },
    hangUp: () => {
      if (ringing !== null || phone.session === "ringing") actions.reject(ringing);
      else if (current !== null || phone.session !== "none") actions.hangUp(current);
    },
    mute: () => {
      actions.toggleMute();
    },
    hold: () => {
      if (current !== null) actions.toggleHold(current);
    },
    keypad: () => {
      if (current !== null) toggle("keypad");
    },
    transfer: () => {
      if (current !== null) toggle("transfer");
    },
    recording: () => {
      if (current !== null) actions.toggleRecording(current);
    },
    notes: () => {
      goTo("notes");
    },
    dial: () => {
      goTo("dial");
    },
    available: () => {
      setState.mutate({ state: "available" });
    },
    break: () => {
      goTo("state");
    },
    panel: () => {
      showPanel({ open: !panelState().open });
    },
    help: () => {
      showPanel({ help: !panelState().help });
    },
  };

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const action = shortcutOf(event);
    if (action === null || (!shortcuts && action !== "help")) return;
    event.preventDefault();
    perform[action]();
  });

  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      onKey(event);
    };
    document.addEventListener("keydown", listener);
    return () => {
      document.removeEventListener("keydown", listener);
    };
  }, []);
}
