import { Stack } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import { otherNumber } from "@/shared/format/who";
import { BackLink } from "@/shared/ui/back-link";
import { PageTitle } from "@/shared/ui/page-title";
import { Panel } from "@/shared/ui/panel";
import { QueryState } from "@/shared/ui/query-state";

import { useCall, type CallDetail } from "./api/calls";
import { AfterCall } from "./components/after-call";
import { CallFacts } from "./components/call-facts";
import { LegTable } from "./components/leg-table";
import { OutcomeLabel } from "./components/outcome-label";
import { RecordingPlayer } from "./components/recording-player";
import { SegmentTimeline } from "./components/segment-timeline";
import { Story } from "./components/story";
import classes from "./call-page.module.css";

/** One call with everything the log has about it. */
export function CallPage() {
  const { t } = useTranslation("calls");
  const callId = useParams({ strict: false, select: ({ callId }) => callId ?? "" });
  const call = useCall(callId);
  return (
    <>
      <BackLink to="/calls">{t("title")}</BackLink>
      <QueryState query={call} data={call.data}>
        {(data) => <Detail call={data} />}
      </QueryState>
    </>
  );
}

function Detail({ call }: { call: CallDetail }) {
  const { t } = useTranslation("calls");
  const { t: shared } = useTranslation("shared");
  const number = otherNumber(call);
  return (
    <Stack gap="lg">
      <PageTitle
        title={call.customer?.name ?? (number === null ? shared("withheld") : formatPhone(number))}
        hint={shared(`direction.${call.direction}`)}
      >
        <OutcomeLabel outcome={call.outcome} />
      </PageTitle>
      <Panel title={t("segments.title")} hint={t("segments.hint")}>
        <SegmentTimeline segments={call.segments} />
      </Panel>
      {call.recordings.map((recording) => (
        <Panel key={recording.id} title={t("player.title")}>
          <RecordingPlayer recording={recording} segments={call.segments} />
        </Panel>
      ))}
      <div className={classes.columns}>
        <Stack gap="lg">
          <Panel title={t("facts.title")}>
            <CallFacts call={call} />
          </Panel>
          <Panel title={t("story.title")}>
            <Story events={call.events} />
          </Panel>
        </Stack>
        <Panel title={t("after.title")}>
          <AfterCall call={call} />
        </Panel>
      </div>
      <Panel title={t("legs.title")} hint={t("legs.hint")}>
        <LegTable legs={call.legs} />
      </Panel>
    </Stack>
  );
}
