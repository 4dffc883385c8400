import { Alert, Code, Text, VisuallyHidden } from "@mantine/core";
import { Unplug } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatAgo } from "@/shared/format/duration";
import { useNow } from "@/shared/format/use-now";
import { useLanguage } from "@/shared/i18n/use-language";

import { POLL_MS } from "../api/get-status";
import classes from "./contact-notice.module.css";

interface ContactNoticeProps {
  away: boolean;
  /** It was away before. */
  wasAway: boolean;
  /** When the server last answered, milliseconds since 1970; 0: never. */
  seenAt: number;
}

/** Says that the server is away and how old the figures are; tells screen readers when it is back. */
export function ContactNotice({ away, wasAway, seenAt }: ContactNoticeProps) {
  const { t } = useTranslation("status");
  return (
    <>
      <VisuallyHidden role="status">{wasAway && !away ? t("back") : ""}</VisuallyHidden>
      {away && (
        <Alert
          role="alert"
          icon={<Unplug size={22} />}
          title={t("away.title")}
          classNames={{ root: classes.notice ?? "", title: classes.title ?? "", icon: classes.title ?? "" }}
        >
          {seenAt > 0 ? <LastSeen seenAt={seenAt} /> : <NeverSeen />}
        </Alert>
      )}
    </>
  );
}

function LastSeen({ seenAt }: { seenAt: number }) {
  const { t } = useTranslation("status");
  const language = useLanguage();
  const now = useNow();
  const time = new Date(seenAt).toLocaleTimeString(language);
  return (
    // Read out once, not with every second that passes.
    <Text size="sm" aria-live="off">
      {t("away.stale", { time, ago: formatAgo((now - seenAt) / 1000, language) })} <Trying />
    </Text>
  );
}

function NeverSeen() {
  const { t } = useTranslation("status");
  return (
    <Text size="sm">
      {t("away.nothing")} <Code>make run</Code>. <Trying />
    </Text>
  );
}

function Trying() {
  const { t } = useTranslation("status");
  return t("away.trying", { seconds: POLL_MS / 1000 });
}
