import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { formatWhen } from "@/shared/format/date-time";
import { useLanguage } from "@/shared/i18n/use-language";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { QueryState } from "@/shared/ui/query-state";

import { endOwnSession, getOwnSessions, OWN_SESSIONS, type OwnSession } from "../api/own-sessions";
import { browserName } from "../model/browser-name";

/** The browsers one is signed in with, and how to sign out there. */
export function OwnSessions() {
  const { t } = useTranslation("account");
  const language = useLanguage();
  const sessions = useQuery({ queryKey: [OWN_SESSIONS], queryFn: ({ signal }) => getOwnSessions(signal) });
  const end = useChange(endOwnSession, { touches: [OWN_SESSIONS], done: t("sessions.ended") });
  const columns: Column<OwnSession>[] = [
    {
      key: "browser",
      header: t("sessions.browser"),
      main: true,
      cell: ({ user_agent }) => <Text fw={600}>{browserName(user_agent) || t("sessions.unknown")}</Text>,
    },
    { key: "from", header: t("sessions.from"), cell: ({ source }) => source },
    { key: "seen", header: t("sessions.seen"), cell: ({ seen_at }) => formatWhen(seen_at, language) },
    {
      key: "end",
      header: t("sessions.end"),
      tight: true,
      cell: ({ id, current }) =>
        current ? (
          t("sessions.current")
        ) : (
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            onClick={() => {
              end.mutate(id);
            }}
          >
            {t("sessions.end")}
          </Button>
        ),
    },
  ];
  return (
    <QueryState query={sessions} data={sessions.data} lines={2}>
      {(rows) => <DataTable label={t("sessions.title")} columns={columns} rows={rows} rowKey={({ id }) => id} />}
    </QueryState>
  );
}
