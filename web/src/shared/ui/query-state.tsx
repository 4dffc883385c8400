import { Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ProblemNotice } from "@/shared/ui/problem-notice";

interface QueryStateProps<T> {
  query: Pick<UseQueryResult, "isError" | "error" | "isFetching"> & { refetch: () => unknown };
  data: T | undefined;
  /** How many lines the outline has while the first answer is on its way. */
  lines?: number;
  children: (data: T) => ReactNode;
}

/** What came, or an outline of it, or what went wrong. Old data stay visible when asking again fails. */
export function QueryState<T>({ query, data, lines = 5, children }: QueryStateProps<T>) {
  const { t } = useTranslation("shared");
  return (
    <>
      {query.isError && (
        <ProblemNotice
          error={query.error}
          onRetry={() => {
            query.refetch();
          }}
        />
      )}
      {data !== undefined && children(data)}
      {data === undefined && !query.isError && (
        <Stack gap="sm" aria-busy="true">
          <VisuallyHidden>{t("loading")}</VisuallyHidden>
          {Array.from({ length: lines }, (_, line) => (
            <Skeleton key={line} height={42} radius="md" />
          ))}
        </Stack>
      )}
    </>
  );
}
