import { Button, Group, Text } from "@mantine/core";
import { Check, TimerReset } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import type { WrapUpView } from "@/shared/live/views";

import { useExtendWrapUp } from "../api/agent-state";
import { callerOf } from "../state/last-caller";
import { useDraft } from "../state/use-draft";
import { useFinishWrapUp } from "../state/use-finish-wrap-up";
import { NotesForm } from "./notes-form";
import { WrapUpClock } from "./wrap-up-clock";
import classes from "./wrap-up-panel.module.css";

/** The work after a call: note, outcome, the time left for it. */
export function WrapUpPanel({ wrapUp }: { wrapUp: WrapUpView }) {
  const { t } = useTranslation("softphone");
  const { call_id, queue_id, queue_name, ends_at, disposition_required, can_extend, can_finish } = wrapUp;
  const [draft] = useDraft(call_id);
  const { finish, isPending } = useFinishWrapUp(wrapUp);
  const extend = useExtendWrapUp();
  const caller = callerOf(call_id);
  const who = caller === null ? null : caller.name || (caller.number === null ? null : formatPhone(caller.number));
  const missing = disposition_required && draft.disposition === "";
  return (
    <section className={classes.wrapUp} aria-label={t("wrapUp.title")}>
      <div className={classes.head}>
        {ends_at !== null && <WrapUpClock endsAt={ends_at} />}
        <div>
          <h3 className={classes.title}>{[t("wrapUp.title"), who].filter(Boolean).join(": ")}</h3>
          <Text size="sm" c="dimmed">
            {[queue_name, ends_at === null ? t("wrapUp.untilChosen") : null].filter(Boolean).join(" · ") ||
              t("wrapUp.hint")}
          </Text>
        </div>
      </div>
      <NotesForm
        key={call_id}
        callId={call_id}
        queueId={queue_id}
        requiredBy={disposition_required ? queue_name : null}
        ownButton={false}
      />
      <Group grow gap="xs">
        {can_extend && (
          <Button
            variant="default"
            leftSection={<TimerReset size={16} />}
            loading={extend.isPending}
            onClick={() => {
              extend.mutate(undefined);
            }}
          >
            {t("wrapUp.extend")}
          </Button>
        )}
        <Button leftSection={<Check size={16} />} disabled={missing} loading={isPending} onClick={finish}>
          {!can_finish && !disposition_required
            ? t("notes.save")
            : draft.saved && draft.disposition === ""
              ? t("wrapUp.skip")
              : t("wrapUp.finish")}
        </Button>
      </Group>
      {missing && (
        <Text size="xs" c="dimmed">
          {t("wrapUp.required")}
        </Text>
      )}
    </section>
  );
}
