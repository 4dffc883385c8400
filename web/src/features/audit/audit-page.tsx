import { Group, Select, Stack } from "@mantine/core";
import { ScrollText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/shared/ui/empty-state";
import { LoadMore } from "@/shared/ui/load-more";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";

import { useAudit, useUserNames, type AuditOutcome } from "./api/audit";
import { AuditTable } from "./components/audit-table";

const TOPICS = [
  "session.",
  "user.",
  "password.",
  "token.",
  "call.",
  "recording.",
  "voicemail.",
  "callback.",
  "agent.",
  "queue.",
  "disposition.",
  "softphone.",
] as const;
const OUTCOMES = ["done", "refused", "failed"] as const;

/** Who did what, when and from where. */
export function AuditPage() {
  const { t } = useTranslation("audit");
  const { t: shared } = useTranslation("shared");
  const [action, setAction] = useState<string | null>(null);
  const [outcome, setOutcome] = useState<AuditOutcome | null>(null);
  const [user, setUser] = useState<string | null>(null);
  const entries = useAudit({ action, outcome, user_id: user });
  const names = useUserNames();
  const common = {
    placeholder: shared("all"),
    clearable: true,
    clearButtonProps: { "aria-label": shared("clear") },
  };
  return (
    <Stack>
      <PageTitle title={t("title")} hint={t("hint")} />
      <Group>
        <Select
          label={t("topic")}
          {...common}
          data={TOPICS.map((value) => ({ value, label: t(`topics.${value.slice(0, -1) as "session"}`) }))}
          value={action}
          onChange={setAction}
        />
        <Select
          label={t("columns.who")}
          {...common}
          searchable
          data={[...names].map(([value, label]) => ({ value, label }))}
          value={user}
          onChange={setUser}
        />
        <Select
          label={t("columns.outcome")}
          {...common}
          data={OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) }))}
          value={outcome}
          onChange={(value) => {
            setOutcome(OUTCOMES.find((known) => known === value) ?? null);
          }}
        />
      </Group>
      <QueryState query={entries} data={entries.items} lines={8}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={ScrollText} title={t("none")} text={t("noneText")} />
          ) : (
            <AuditTable entries={items} names={names} />
          )
        }
      </QueryState>
      <LoadMore query={entries} />
    </Stack>
  );
}
