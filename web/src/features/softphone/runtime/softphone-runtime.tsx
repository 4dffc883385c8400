import { useEffect } from "react";

import { forgetOldDrafts } from "../model/drafts";
import { otherName, otherNumber } from "../model/my-calls";
import { phoneNotices } from "../model/phone-notices";
import { usePhone } from "../state/current-softphone";
import { rememberCaller } from "../state/last-caller";
import { panelState, showPanel } from "../state/panel-state";
import { useMyWork } from "../state/use-my-work";
import { useRingingCall } from "../state/use-ringing-call";
import { Announcer } from "./announcer";
import { useOpenSoftphone } from "./use-open-softphone";
import { useRinging } from "./use-ringing";
import { useShortcuts } from "./use-shortcuts";
import { useTelLinks } from "./use-tel-links";

/** Everything of the softphone that works without being seen. */
export function SoftphoneRuntime() {
  const ringing = useRingingCall();
  const { current, userId } = useMyWork();
  useOpenSoftphone();
  useRinging(ringing);
  useShortcuts();
  useTelLinks();
  useEffect(() => {
    forgetOldDrafts();
  }, []);
  useEffect(() => {
    if (current === null) return;
    rememberCaller({ callId: current.id, name: otherName(current, userId), number: otherNumber(current) });
  }, [current, userId]);
  const callId = ringing?.callId;
  useEffect(() => {
    if (callId !== undefined) showPanel({ part: "none", ...(!panelState().onPage && { open: true }) });
  }, [callId]);
  const urgent = phoneNotices(usePhone()).some(({ tone, action }) => tone === "bad" || action !== null);
  useEffect(() => {
    if (urgent && !panelState().onPage) showPanel({ open: true });
  }, [urgent]);
  return <Announcer />;
}
