import { SegmentedControl, Stack } from "@mantine/core";
import { Voicemail as VoicemailIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/shared/ui/empty-state";
import { LoadMore } from "@/shared/ui/load-more";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";

import { useVoicemails } from "./api/voicemails";
import { Message } from "./components/message";
import classes from "./voicemails-page.module.css";

const SHOWN = ["fresh", "heard", "all"] as const;

/** Messages that callers left. */
export function VoicemailsPage() {
  const { t } = useTranslation("voicemails");
  const [shown, setShown] = useState<string>("fresh");
  const messages = useVoicemails(shown === "all" ? null : shown === "heard");
  return (
    <Stack>
      <PageTitle title={t("title")} hint={t("hint")}>
        <SegmentedControl
          aria-label={t("shown")}
          value={shown}
          onChange={setShown}
          data={SHOWN.map((value) => ({ value, label: t(`show.${value}`) }))}
        />
      </PageTitle>
      <QueryState query={messages} data={messages.items}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={VoicemailIcon} title={t("none")} text={t("noneText")} />
          ) : (
            <ul className={classes.list}>
              {items.map((message) => (
                <Message key={message.id} message={message} />
              ))}
            </ul>
          )
        }
      </QueryState>
      <LoadMore query={messages} />
    </Stack>
  );
}
