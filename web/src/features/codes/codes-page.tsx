import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { PageTitle } from "@/shared/ui/page-title";

import { BreakReasonPanel } from "./components/break-reason-panel";
import { DispositionPanel } from "./components/disposition-panel";

/** What agents choose from: what a call was about, and why they take a break. */
export function CodesPage() {
  const { t } = useTranslation("codes");
  return (
    <Stack gap="xl">
      <PageTitle title={t("title")} hint={t("hint")} />
      <DispositionPanel />
      <BreakReasonPanel />
    </Stack>
  );
}
