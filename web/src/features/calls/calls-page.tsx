import { useNavigate, useSearch } from "@tanstack/react-router";
import { PhoneCall } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/shared/ui/empty-state";
import { LoadMore } from "@/shared/ui/load-more";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";

import { useCalls } from "./api/calls";
import { CallFilterBar } from "./components/call-filter-bar";
import { CallTable } from "./components/call-table";
import { readFilters, toQuery, type CallFilters } from "./model/filters";

/** The call log. Its filters stand in the address: a view can be kept or handed on. */
export function CallsPage() {
  const { t } = useTranslation("calls");
  const navigate = useNavigate();
  const search = useSearch({ strict: false });
  const filters = useMemo(() => readFilters(search), [search]);
  const query = useMemo(() => toQuery(filters, new Date()), [filters]);
  const calls = useCalls(query);
  const change = (next: CallFilters) => {
    void navigate({ to: "/calls", search: next, replace: true });
  };
  return (
    <>
      <PageTitle title={t("title")} hint={t("hint")} />
      <CallFilterBar filters={filters} onChange={change} />
      <QueryState query={calls} data={calls.items} lines={8}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={PhoneCall} title={t("none")} text={t("noneText")} />
          ) : (
            <CallTable calls={items} />
          )
        }
      </QueryState>
      <LoadMore query={calls} />
    </>
  );
}
