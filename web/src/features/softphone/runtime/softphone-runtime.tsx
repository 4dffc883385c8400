import { useEffect } from "react";

import { forgetOldDrafts } from "../model/drafts";
import { panelState, showPanel } from "../state/panel-state";
import { useRingingCall } from "../state/use-ringing-call";
import { Announcer } from "./announcer";
import { useOpenSoftphone } from "./use-open-softphone";
import { useRinging } from "./use-ringing";
import { useShortcuts } from "./use-shortcuts";
import { useTelLinks } from "./use-tel-links";

/** Everything of the softphone that works without being seen. */
export function SoftphoneRuntime() {
  const ringing = useRingingCall();
  useOpenSoftphone();
  useRinging(ringing);
  useShortcuts();
  useTelLinks();
  useEffect(() => {
    forgetOldDrafts();
  }, []);
  const callId = ringing?.callId;
  useEffect(() => {
    if (callId !== undefined) showPanel({ part: "none", ...(!panelState().onPage && { open: true }) });
  }, [callId]);
  return <Announcer />;
}
