import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { ProblemNotice } from "@/shared/ui/problem-notice";

import { catalogueOptions, flowOptions } from "./api/flows";
import classes from "./editor.module.css";

const Editor = lazy(async () => ({ default: (await import("./editor")).Editor }));

/** Opens a flow; the editor's code comes while the flow is fetched. */
export function FlowEditorPage() {
  const { t } = useTranslation("flows");
  const { flowId = "" } = useParams({ strict: false });
  const flow = useQuery(flowOptions(flowId));
  const catalogue = useQuery(catalogueOptions);
  const failed = flow.isError ? flow : catalogue.isError ? catalogue : null;
  if (failed !== null) return <ProblemNotice error={failed.error} onRetry={() => void failed.refetch()} />;
  const outline = (
    <div className={classes.editor} aria-busy="true" aria-label={t("loading")}>
      <Skeleton height={54} radius={0} />
    </div>
  );
  if (flow.data === undefined || catalogue.data === undefined) return outline;
  return (
    <Suspense fallback={outline}>
      <Editor key={flow.data.id} flow={flow.data} catalogue={catalogue.data} />
    </Suspense>
  );
}
