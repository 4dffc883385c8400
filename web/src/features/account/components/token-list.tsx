import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { formatWhen } from "@/shared/format/date-time";
import { useLanguage } from "@/shared/i18n/use-language";
import type { Role } from "@/shared/session/session";
import { ConfirmDialog } from "@/shared/ui/confirm-dialog";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { EmptyState } from "@/shared/ui/empty-state";
import { QueryState } from "@/shared/ui/query-state";
import { RoleSelect } from "@/shared/ui/role-select";
import { ShownOnce } from "@/shared/ui/shown-once";

import { getTokens, makeToken, removeToken, TOKENS, type ApiToken } from "../api/tokens";

/** Keys for programs: made here, shown once, taken back here. */
export function TokenList() {
  const { t } = useTranslation("account");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const tokens = useQuery({ queryKey: [TOKENS], queryFn: ({ signal }) => getTokens(signal) });
  const make = useChange(makeToken, { touches: [TOKENS], done: null });
  const remove = useChange(removeToken, { touches: [TOKENS], done: t("tokens.removed") });
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const [doomed, setDoomed] = useState<ApiToken | null>(null);
  const columns: Column<ApiToken>[] = [
    { key: "name", header: t("tokens.name"), main: true, cell: (token) => <Text fw={600}>{token.name}</Text> },
    { key: "role", header: t("tokens.role"), cell: (token) => shared(`role.${token.role}`) },
    { key: "owner", header: t("tokens.owner"), cell: (token) => token.owner.name },
    { key: "made", header: t("tokens.made"), cell: (token) => formatWhen(token.created_at, language) },
    {
      key: "used",
      header: t("tokens.used"),
      cell: (token) => (token.used_at === null ? t("tokens.never") : formatWhen(token.used_at, language)),
    },
    {
      key: "remove",
      header: t("tokens.remove"),
      tight: true,
      cell: (token) => (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          onClick={() => {
            setDoomed(token);
          }}
        >
          {t("tokens.remove")}
        </Button>
      ),
    },
  ];
  return (
    <Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate(
            { name: name.trim(), role },
            {
              onSuccess: () => {
                setName("");
              },
            },
          );
        }}
      >
        <Group align="flex-end">
          <TextInput
            label={t("tokens.newName")}
            placeholder={t("tokens.example")}
            value={name}
            onChange={({ currentTarget }) => {
              setName(currentTarget.value);
            }}
          />
          <RoleSelect label={t("tokens.role")} value={role} onChange={setRole} />
          <Button type="submit" disabled={name.trim() === ""} loading={make.isPending}>
            {t("tokens.make")}
          </Button>
        </Group>
      </form>
      {make.data !== undefined && <ShownOnce label={t("tokens.value")} secret={make.data.secret} />}
      <QueryState query={tokens} data={tokens.data} lines={2}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={KeyRound} title={t("tokens.none")} text={t("tokens.noneText")} />
          ) : (
            <DataTable label={t("tokens.title")} columns={columns} rows={items} rowKey={({ id }) => id} />
          )
        }
      </QueryState>
      <ConfirmDialog
        opened={doomed !== null}
        title={t("tokens.removeTitle", { name: doomed?.name ?? "" })}
        text={t("tokens.removeText")}
        action={t("tokens.remove")}
        busy={remove.isPending}
        onClose={() => {
          setDoomed(null);
        }}
        onConfirm={() => {
          if (doomed !== null)
            remove.mutate(doomed.id, {
              onSettled: () => {
                setDoomed(null);
              },
            });
        }}
      />
    </Stack>
  );
}
