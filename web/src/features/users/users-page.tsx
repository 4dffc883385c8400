import { Button, Group, Stack } from "@mantine/core";
import { UserPlus, UsersRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { ConfirmDialog } from "@/shared/ui/confirm-dialog";
import { EmptyState } from "@/shared/ui/empty-state";
import { LoadMore } from "@/shared/ui/load-more";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";
import { SearchField } from "@/shared/ui/search-field";
import { ShownOnce } from "@/shared/ui/shown-once";

import { resetPassword, useUsers, USERS, type User } from "./api/users";
import { UserForm } from "./components/user-form";
import { UserTable } from "./components/user-table";

/** Who may sign in, as what, and at which extension. */
export function UsersPage() {
  const { t } = useTranslation("users");
  const [text, setText] = useState("");
  const users = useUsers(text);
  const [edited, setEdited] = useState<User | "new" | null>(null);
  const [locked, setLocked] = useState<User | null>(null);
  const [told, setTold] = useState<{ login: string; password: string } | null>(null);
  const reset = useChange(resetPassword, { touches: [USERS], done: null });
  return (
    <Stack>
      <PageTitle title={t("title")} hint={t("hint")}>
        <Button
          leftSection={<UserPlus size={16} />}
          onClick={() => {
            setEdited("new");
          }}
        >
          {t("add")}
        </Button>
      </PageTitle>
      {told !== null && <ShownOnce label={t("password", { login: told.login })} secret={told.password} />}
      <Group maw="22rem" grow>
        <SearchField label={t("search")} onSearch={setText} />
      </Group>
      <QueryState query={users} data={users.items}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={UsersRound} title={t("none")} text={t("noneText")} />
          ) : (
            <UserTable users={items} onEdit={setEdited} onReset={setLocked} />
          )
        }
      </QueryState>
      <LoadMore query={users} />
      {edited !== null && (
        <UserForm
          user={edited === "new" ? null : edited}
          onClose={() => {
            setEdited(null);
          }}
          onAdded={(login, password) => {
            setTold({ login, password });
          }}
        />
      )}
      <ConfirmDialog
        opened={locked !== null}
        title={t("resetOf", { name: locked?.name ?? "" })}
        text={t("resetText")}
        action={t("reset")}
        busy={reset.isPending}
        onClose={() => {
          setLocked(null);
        }}
        onConfirm={() => {
          if (locked === null) return;
          reset.mutate(locked.id, {
            onSuccess: ({ password }) => {
              setTold({ login: locked.login, password });
            },
            onSettled: () => {
              setLocked(null);
            },
          });
        }}
      />
    </Stack>
  );
}
