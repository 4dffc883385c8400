import { VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { AgentView } from "@/shared/live/views";

import type { SessionState } from "../phone/session-states";
import { usePhone } from "../state/current-softphone";
import { useMyWork } from "../state/use-my-work";
import { useRingingCall } from "../state/use-ringing-call";

interface Seen {
  ringing: string | null;
  session: SessionState;
  muted: boolean;
  held: boolean;
  state: AgentView["state"] | undefined;
}

type Said = "ringing" | "answered" | "held" | "resumed" | "muted" | "unmuted" | "ended" | "wrapUp";

/** Return what is worth saying about a change, the most urgent only. */
export function announcement(before: Seen, now: Seen): Said | null {
  if (now.ringing !== null && now.ringing !== before.ringing) return "ringing";
  if (now.session === "talking" && before.session === "answering") return "answered";
  if (now.state === "wrap_up" && before.state !== "wrap_up") return "wrapUp";
  if (now.session === "none" && before.session === "talking") return "ended";
  if (now.session !== "talking") return null;
  if (now.muted !== before.muted) return now.muted ? "muted" : "unmuted";
  if (now.held !== before.held) return now.held ? "held" : "resumed";
  return null;
}

/** Says to screen readers what others see and hear. */
export function Announcer() {
  const { t } = useTranslation("softphone");
  const { current, me } = useMyWork();
  const phone = usePhone();
  const ringing = useRingingCall();
  const now: Seen = {
    ringing: ringing?.callId ?? null,
    session: phone.session,
    muted: phone.muted,
    held: current?.actions.includes("resume") ?? false,
    state: me?.state,
  };
  const [seen, setSeen] = useState(now);
  const [text, setText] = useState("");
  if (JSON.stringify(seen) !== JSON.stringify(now)) {
    const said = announcement(seen, now);
    if (said !== null) setText(t(`said.${said}`, { name: ringing?.name ?? "" }));
    setSeen(now);
  }
  return (
    <VisuallyHidden role="status" aria-live="assertive">
      {text}
    </VisuallyHidden>
  );
}
