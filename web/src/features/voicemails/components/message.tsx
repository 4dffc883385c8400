import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { formatClock } from "@/shared/format/clock";
import { formatWhen } from "@/shared/format/date-time";
import { formatPhone } from "@/shared/format/phone-number";
import { useLanguage } from "@/shared/i18n/use-language";
import { StateLabel } from "@/shared/ui/state-label";
import { TextLink } from "@/shared/ui/text-link";

import { markVoicemail, voicemailAudio, VOICEMAILS, type Voicemail } from "../api/voicemails";
import classes from "./message.module.css";

/** One message: who, when, to listen to. Hearing it to the end marks it as heard. */
export function Message({ message }: { message: Voicemail }) {
  const { t } = useTranslation("voicemails");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const mark = useChange(markVoicemail, { touches: [VOICEMAILS], done: null });
  const heard = message.heard_at !== null;
  return (
    <li className={classes.message} data-fresh={!heard || undefined}>
      <div>
        <Text fw={heard ? 500 : 650}>{message.number === null ? shared("withheld") : formatPhone(message.number)}</Text>
        <Text size="sm" c="dimmed">
          {message.box} · {formatWhen(message.left_at, language)} · {formatClock(message.duration_ms / 1000)}
        </Text>
      </div>
      {message.ready ? (
        // eslint-disable-next-line jsx-a11y/media-has-caption -- a telephone message has no captions
        <audio
          className={classes.audio}
          controls
          preload="none"
          src={voicemailAudio(message.id)}
          aria-label={t("listen", { number: message.number ?? "" })}
          onEnded={() => {
            if (!heard) mark.mutate({ id: message.id, heard: true });
          }}
        />
      ) : (
        <Text size="sm" c="dimmed">
          {t("notReady")}
        </Text>
      )}
      <Group gap="xs" className={classes.end ?? ""}>
        <StateLabel tone={heard ? "quiet" : "info"}>{heard ? t("heard") : t("fresh")}</StateLabel>
        <Button
          size="compact-sm"
          variant="default"
          loading={mark.isPending}
          onClick={() => {
            mark.mutate({ id: message.id, heard: !heard });
          }}
        >
          {heard ? t("markFresh") : t("markHeard")}
        </Button>
        <TextLink to="/calls/$callId" params={{ callId: message.call_id }} size="sm">
          {t("call")}
        </TextLink>
      </Group>
    </li>
  );
}
