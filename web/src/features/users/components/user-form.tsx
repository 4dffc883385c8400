import { MultiSelect, Switch, TagsInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useStores } from "@/shared/api/refs";
import type { Role } from "@/shared/session/session";
import { FormDialog } from "@/shared/ui/form-dialog";
import { RoleSelect } from "@/shared/ui/role-select";

import { addUser, changeUser, USERS, type User } from "../api/users";

interface UserFormProps {
  /** Who is changed; null: a new user. */
  user: User | null;
  onClose: () => void;
  /** Called with the password of a new user, which is told only now. */
  onAdded: (login: string, password: string) => void;
}

const EMPTY = { login: "", name: "", role: "agent" as Role, store_ids: [], regions: [], active: true, extension: "" };

/** Everything an administrator decides about a user. */
export function UserForm({ user, onClose, onAdded }: UserFormProps) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation("shared");
  const queries = useQueryClient();
  const stores = useStores();
  const form = useForm({
    initialValues: user === null ? EMPTY : { ...user, extension: user.extension ?? "" },
    validate: {
      login: (value) => (/^[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?$/.test(value) ? null : t("form.badLogin")),
      name: (value) => (value.trim() === "" ? shared("required") : null),
      extension: (value) => (value === "" || /^[0-9]{2,10}$/.test(value) ? null : t("form.badExtension")),
    },
  });
  const save = useMutation({
    mutationFn: async ({ login, name, role, store_ids, regions, active, extension }: typeof form.values) => {
      const body = { login, name: name.trim(), role, store_ids, regions, active, extension: extension || null };
      if (user !== null) await changeUser({ id: user.id, ...body });
      else onAdded(login, (await addUser(body)).password);
    },
    retry: false,
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: [USERS] });
    },
  });
  const regions = [...new Set((stores.data ?? []).flatMap(({ region }) => region ?? []))];
  return (
    <FormDialog
      opened
      title={user === null ? t("add") : user.name}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => {
        save.mutate(values);
      })}
      busy={save.isPending}
      error={save.error}
    >
      <TextInput label={t("form.name")} data-autofocus {...form.getInputProps("name")} />
      <TextInput
        label={t("form.login")}
        description={t("form.loginHint")}
        autoCapitalize="none"
        spellCheck={false}
        {...form.getInputProps("login")}
      />
      <RoleSelect
        label={t("form.role")}
        description={t("form.roleHint")}
        value={form.values.role}
        onChange={(role) => {
          form.setFieldValue("role", role);
        }}
      />
      <TextInput
        label={t("form.extension")}
        description={t("form.extensionHint")}
        inputMode="numeric"
        {...form.getInputProps("extension")}
      />
      <MultiSelect
        label={t("form.stores")}
        description={t("form.storesHint")}
        searchable
        data={(stores.data ?? []).map(({ id, code, name }) => ({ value: id, label: `${name} (${code})` }))}
        {...form.getInputProps("store_ids")}
      />
      <TagsInput
        label={t("form.regions")}
        description={t("form.regionsHint")}
        data={regions}
        {...form.getInputProps("regions")}
      />
      <Switch
        label={t("form.active")}
        description={t("form.activeHint")}
        {...form.getInputProps("active", { type: "checkbox" })}
      />
    </FormDialog>
  );
}
