import { VisuallyHidden } from "@mantine/core";
import { Unplug } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatAgo } from "@/shared/format/duration";
import { useNow } from "@/shared/format/use-now";
import { useLanguage } from "@/shared/i18n/use-language";
import { useLive, useLiveState } from "@/shared/live/live-provider";

import classes from "./connection-banner.module.css";

/** A connection that comes back within this time is nobody's business. */
const PATIENCE_MS = 2500;

/** Says that what pages show is no longer live, and since when. */
export function ConnectionBanner() {
  const { status, since } = useLiveState();
  return status === "lost" ? <Lost since={since} /> : null;
}

function Lost({ since }: { since: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const live = useLive();
  const now = useNow();
  if (now - since < PATIENCE_MS) return null;
  return (
    <div className={classes.banner}>
      <Unplug size={17} aria-hidden="true" />
      <VisuallyHidden role="alert">{t("lost.short")}</VisuallyHidden>
      <span>{t("lost.text", { ago: formatAgo((now - since) / 1000, language) })}</span>
      <button type="button" className={classes.retry} onClick={live.retryNow}>
        {t("lost.retry")}
      </button>
    </div>
  );
}
