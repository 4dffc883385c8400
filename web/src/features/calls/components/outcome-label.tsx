import { useTranslation } from "react-i18next";

import { StateLabel, type Tone } from "@/shared/ui/state-label";

import type { Outcome } from "../api/calls";

const TONES: Record<Outcome, Tone> = {
  answered: "good",
  ivr_completed: "info",
  abandoned: "bad",
  voicemail: "aside",
  no_answer: "warning",
  busy: "warning",
  rejected: "warning",
  failed: "bad",
  media_failure: "bad",
  system_failure: "bad",
};

/** How a call ended, or that it goes on. */
export function OutcomeLabel({ outcome }: { outcome: Outcome | null }) {
  const { t } = useTranslation("calls");
  if (outcome === null) {
    return (
      <StateLabel tone="info" alive>
        {t("outcome.running")}
      </StateLabel>
    );
  }
  return <StateLabel tone={TONES[outcome]}>{t(`outcome.${outcome}`)}</StateLabel>;
}
