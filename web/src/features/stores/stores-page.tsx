import { Group, Stack, Text } from "@mantine/core";
import { Store as StoreIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useStores, type Store } from "@/shared/api/refs";
import { formatPhone } from "@/shared/format/phone-number";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { EmptyState } from "@/shared/ui/empty-state";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";
import { SearchField } from "@/shared/ui/search-field";
import { StateLabel } from "@/shared/ui/state-label";

/** The shops of the chain, as they were imported. */
export function StoresPage() {
  const { t } = useTranslation("stores");
  const [text, setText] = useState("");
  const stores = useStores();
  const wanted = text.toLowerCase();
  const found = stores.data?.filter(({ code, name, region, address }) =>
    [code, name, region ?? "", address].some((value) => value.toLowerCase().includes(wanted)),
  );
  const columns: Column<Store>[] = [
    {
      key: "name",
      header: t("columns.name"),
      main: true,
      cell: (store) => (
        <>
          <Text fw={600} size="sm">
            {store.name}
          </Text>
          <Text size="xs" c="dimmed">
            {store.code}
          </Text>
        </>
      ),
    },
    { key: "region", header: t("columns.region"), cell: (store) => store.region },
    { key: "address", header: t("columns.address"), cell: (store) => store.address || "–" },
    { key: "phones", header: t("columns.phones"), cell: (store) => store.phones.map(formatPhone).join(", ") || "–" },
    { key: "extensions", header: t("columns.extensions"), cell: (store) => store.extensions.join(", ") || "–" },
    {
      key: "state",
      header: t("columns.state"),
      tight: true,
      cell: (store) => (
        <StateLabel tone={store.closed ? "quiet" : "good"}>{t(store.closed ? "closed" : "open")}</StateLabel>
      ),
    },
  ];
  return (
    <Stack>
      <PageTitle title={t("title")} hint={t("hint")} />
      <Group maw="22rem" grow>
        <SearchField label={t("search")} onSearch={setText} />
      </Group>
      <QueryState query={stores} data={found}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={StoreIcon} title={t("none")} text={t("noneText")} />
          ) : (
            <DataTable label={t("title")} columns={columns} rows={rows} rowKey={({ id }) => id} />
          )
        }
      </QueryState>
    </Stack>
  );
}
