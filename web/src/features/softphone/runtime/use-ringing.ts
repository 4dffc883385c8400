import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { deviceChoice } from "../devices/device-choice";
import { Tones } from "../phone/tones";
import { useIsPhone, usePhone } from "../state/current-softphone";
import { panelState, showPanel } from "../state/panel-state";

interface Ringing {
  callId: string;
  name: string;
  /** Where the call comes from, in words. */
  about: string;
}

const FLASH_MS = 1000;

/** Make a ringing call heard, and seen where the page is not in front. */
export function useRinging(call: Ringing | null): void {
  const { t } = useTranslation("softphone");
  const isPhone = useIsPhone();
  const ringsHere = usePhone().session === "ringing";
  const [tones] = useState(
    () =>
      new Tones((audible) => {
        if (panelState().ringBlocked === audible) showPanel({ ringBlocked: !audible });
      }),
  );

  useEffect(() => {
    if (!isPhone || !ringsHere) return undefined;
    const { ring, ringVolume } = deviceChoice();
    tones.ring(ring, ringVolume);
    return () => {
      tones.stop();
      showPanel({ ringBlocked: false });
    };
  }, [isPhone, ringsHere, tones]);

  const callId = call?.callId;
  const name = call?.name ?? "";
  const about = call?.about ?? "";

  useEffect(() => {
    if (callId === undefined) return undefined;
    return flashTitle(t("ringing.documentTitle", { name }));
  }, [callId, name, t]);

  useEffect(() => {
    if (callId === undefined || !isPhone || document.hasFocus()) return undefined;
    return notify(name, about, callId);
  }, [callId, name, about, isPhone]);
}

/** Alternate the title of the tab with `text`. Returns how to stop. */
function flashTitle(text: string): () => void {
  const before = document.title;
  let shown = false;
  const flash = (): void => {
    shown = !shown;
    document.title = shown ? text : before;
  };
  flash();
  const timer = setInterval(flash, FLASH_MS);
  return () => {
    clearInterval(timer);
    document.title = before;
  };
}

/** Show a notification of the system, where the person allowed it. Returns how to take it away. */
function notify(title: string, body: string, tag: string): () => void {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return () => undefined;
  try {
    const notification = new Notification(title, { body, tag, requireInteraction: true });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
    return () => {
      notification.close();
    };
  } catch {
    // Phones allow notifications to service workers only.
    return () => undefined;
  }
}
