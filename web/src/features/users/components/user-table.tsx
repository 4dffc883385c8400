import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useStores } from "@/shared/api/refs";
import { formatWhen } from "@/shared/format/date-time";
import { useLanguage } from "@/shared/i18n/use-language";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { StateLabel } from "@/shared/ui/state-label";

import type { User } from "../api/users";

interface UserTableProps {
  users: readonly User[];
  onEdit: (user: User) => void;
  onReset: (user: User) => void;
}

/** Users, a line each. */
export function UserTable({ users, onEdit, onReset }: UserTableProps) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const stores = useStores();
  const scope = (user: User) => {
    if (user.role === "admin") return t("everything");
    const names = (stores.data ?? []).filter(({ id }) => user.store_ids.includes(id)).map(({ name }) => name);
    return [...names, ...user.regions].join(", ") || "–";
  };
  const columns: Column<User>[] = [
    {
      key: "name",
      header: t("columns.name"),
      main: true,
      cell: (user) => (
        <>
          <Text fw={600} size="sm">
            {user.name}
          </Text>
          <Text size="xs" c="dimmed">
            {user.login}
          </Text>
        </>
      ),
    },
    { key: "role", header: t("columns.role"), cell: (user) => shared(`role.${user.role}`) },
    { key: "extension", header: t("columns.extension"), cell: (user) => user.extension },
    { key: "scope", header: t("columns.scope"), cell: scope },
    {
      key: "state",
      header: t("columns.state"),
      cell: (user) =>
        user.active ? (
          <StateLabel tone="good">{t("active")}</StateLabel>
        ) : (
          <StateLabel tone="quiet">{t("locked")}</StateLabel>
        ),
    },
    {
      key: "seen",
      header: t("columns.seen"),
      cell: (user) => (user.last_sign_in_at === null ? t("never") : formatWhen(user.last_sign_in_at, language)),
    },
    {
      key: "actions",
      header: shared("actions"),
      tight: true,
      cell: (user) => (
        <Group gap={4} wrap="nowrap">
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t("edit", { name: user.name })}
            onClick={() => {
              onEdit(user);
            }}
          >
            {shared("edit")}
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            aria-label={t("resetOf", { name: user.name })}
            onClick={() => {
              onReset(user);
            }}
          >
            {t("reset")}
          </Button>
        </Group>
      ),
    },
  ];
  return <DataTable label={t("title")} columns={columns} rows={users} rowKey={({ id }) => id} />;
}
