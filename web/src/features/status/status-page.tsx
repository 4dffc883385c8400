import { SimpleGrid, Stack } from "@mantine/core";

import { useStatus, type StatusReport } from "./api/get-status";
import { ContactNotice } from "./components/contact-notice";
import { DialInGuide } from "./components/dial-in-guide";
import { FlowProblems } from "./components/flow-problems";
import { HotlineList } from "./components/hotline-list";
import { KeyFigures } from "./components/key-figures";
import { OutcomeChart } from "./components/outcome-chart";
import { PageHeading } from "./components/page-heading";
import { StatusSkeleton } from "./components/status-skeleton";
import { TrunkList } from "./components/trunk-list";
import classes from "./status-page.module.css";

/** What the server is doing, refreshed every two seconds. */
export function StatusPage() {
  const { data, isError, errorUpdateCount, dataUpdatedAt } = useStatus();
  // Without data an error lasts only until the next attempt begins, so the count tells.
  const away = isError || (data === undefined && errorUpdateCount > 0);
  return (
    <Stack gap="lg">
      <PageHeading report={data} away={away} seenAt={dataUpdatedAt} />
      <ContactNotice away={away} wasAway={errorUpdateCount > 0} seenAt={dataUpdatedAt} />
      {data !== undefined && <Report report={data} away={away} />}
      {data === undefined && !away && <StatusSkeleton />}
    </Stack>
  );
}

function Report({ report: { status, history }, away }: { report: StatusReport; away: boolean }) {
  return (
    <div className={classes.report} data-away={away || undefined}>
      <KeyFigures status={status} history={history} />
      <FlowProblems problems={status.flow_problems} />
      <div className={classes.columns}>
        <OutcomeChart counts={status.calls_finished} />
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 1 }} spacing="lg">
          <HotlineList hotlines={status.hotlines} sound={status.flow_problems.length === 0} />
          <TrunkList trunks={status.trunks} />
        </SimpleGrid>
      </div>
      <DialInGuide status={status} />
    </div>
  );
}
