import { Button, Group, SegmentedControl, Select, TextInput } from "@mantine/core";
import { ListFilter } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useQueues, useStores } from "@/shared/api/refs";
import { useAgents } from "@/shared/live/live-lists";
import { SearchField } from "@/shared/ui/search-field";

import { OUTCOMES } from "../api/calls";
import { countFilters, PERIODS, type CallFilters } from "../model/filters";
import classes from "./call-filter-bar.module.css";

interface CallFilterBarProps {
  filters: CallFilters;
  onChange: (filters: CallFilters) => void;
}

/** Period, number, and more filters on demand. */
export function CallFilterBar({ filters, onChange }: CallFilterBarProps) {
  const { t } = useTranslation("calls");
  const count = countFilters(filters) - (filters.number === undefined ? 0 : 1);
  const [more, setMore] = useState(count > 0);
  const set = (change: Partial<Record<keyof CallFilters, string | null>>) => {
    const entries = Object.entries({ ...filters, ...change }).filter(([, value]) => value !== null && value !== "");
    onChange(Object.fromEntries(entries));
  };
  const period = filters.period ?? "today";
  return (
    <div className={classes.bar}>
      <Group gap="sm">
        <div className={classes.periods}>
          <SegmentedControl
            size="sm"
            aria-label={t("filters.period")}
            value={period}
            onChange={(value) => {
              set({ period: value, from: null, to: null });
            }}
            data={PERIODS.map((value) => ({ value, label: t(`period.${value}`) }))}
          />
        </div>
        <div className={classes.search}>
          <SearchField
            key={filters.number === undefined ? "empty" : "set"}
            label={t("filters.number")}
            initial={filters.number ?? ""}
            onSearch={(number) => {
              set({ number });
            }}
          />
        </div>
        <Button
          variant="default"
          leftSection={<ListFilter size={16} />}
          aria-expanded={more}
          onClick={() => {
            setMore(!more);
          }}
        >
          {count > 0 ? t("filters.someMore", { count }) : t("filters.more")}
        </Button>
      </Group>
      {period === "own" && (
        <Group gap="sm">
          {(["from", "to"] as const).map((name) => (
            <TextInput
              key={name}
              type="datetime-local"
              label={t(`filters.${name}`)}
              value={filters[name] ?? ""}
              onChange={({ currentTarget }) => {
                set({ [name]: currentTarget.value });
              }}
            />
          ))}
        </Group>
      )}
      {more && <MoreFilters filters={filters} set={set} />}
    </div>
  );
}

interface MoreFiltersProps {
  filters: CallFilters;
  set: (change: Partial<Record<keyof CallFilters, string | null>>) => void;
}

function MoreFilters({ filters, set }: MoreFiltersProps) {
  const { t } = useTranslation("calls");
  const { t: shared } = useTranslation("shared");
  const agents = useAgents();
  const stores = useStores();
  const queues = useQueues();
  const named = (items: readonly { id: string; name: string }[] = []) =>
    items.map(({ id, name }) => ({ value: id, label: name }));
  const choices = [
    [
      "direction",
      (["inbound", "outbound", "internal"] as const).map((value) => ({ value, label: shared(`direction.${value}`) })),
    ],
    ["outcome", OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) }))],
    ["agent_id", named(agents.data)],
    ["store_id", named(stores.data)],
    ["queue_id", named(queues.data)],
  ] as const;
  return (
    <div className={classes.more}>
      {choices.map(([name, data]) => (
        <Select
          key={name}
          label={t(`filters.${name}`)}
          placeholder={shared("all")}
          clearable
          clearButtonProps={{ "aria-label": shared("clear") }}
          searchable={data.length > 8}
          data={[...data]}
          value={filters[name] ?? null}
          onChange={(value) => {
            set({ [name]: value });
          }}
        />
      ))}
    </div>
  );
}
