import { Group, Stack } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { BookUser } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { EmptyState } from "@/shared/ui/empty-state";
import { LoadMore } from "@/shared/ui/load-more";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";
import { SearchField } from "@/shared/ui/search-field";
import { TextLink } from "@/shared/ui/text-link";

import { useCustomers, type Customer } from "./api/customers";
import { VipLabel } from "./components/vip-label";

/** Finds customers by name, number, code or e-mail address. */
export function CustomersPage() {
  const { t } = useTranslation("customers");
  const navigate = useNavigate();
  const q = useSearch({ strict: false, select: ({ q }) => q ?? "" });
  const customers = useCustomers(q);
  const columns: Column<Customer>[] = [
    {
      key: "name",
      header: t("columns.name"),
      main: true,
      cell: (customer) => (
        <Group gap="xs">
          <TextLink to="/customers/$customerId" params={{ customerId: customer.id }} fw={600} c="inherit">
            {customer.name}
          </TextLink>
          <VipLabel level={customer.vip_level} />
        </Group>
      ),
    },
    { key: "phones", header: t("columns.phones"), cell: ({ phones }) => phones.map(formatPhone).join(", ") },
    { key: "code", header: t("columns.code"), cell: ({ code }) => code },
    { key: "store", header: t("columns.store"), cell: ({ owner_store }) => owner_store?.name ?? null },
  ];
  return (
    <Stack>
      <PageTitle title={t("title")} hint={t("hint")} />
      <Group maw="26rem" grow>
        <SearchField
          key={q === "" ? "empty" : "set"}
          label={t("search")}
          initial={q}
          onSearch={(text) => {
            void navigate({ to: "/customers", search: text === "" ? {} : { q: text }, replace: true });
          }}
        />
      </Group>
      <QueryState query={customers} data={customers.items}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={BookUser} title={t("none")} text={q === "" ? t("noneAtAll") : t("noneText")} />
          ) : (
            <DataTable label={t("title")} columns={columns} rows={items} rowKey={({ id }) => id} />
          )
        }
      </QueryState>
      <LoadMore query={customers} />
    </Stack>
  );
}
