import { Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { useStores } from "@/shared/api/refs";
import { useChange } from "@/shared/api/use-change";
import { includesRole, useSession } from "@/shared/session/session";
import { FormDialog } from "@/shared/ui/form-dialog";

import { addQueue, QUEUES, type Queue } from "../api/queues";

interface NewQueueFormProps {
  onClose: () => void;
  onAdded: (queue: Queue) => void;
}

/** What a queue needs to begin with; everything else has defaults. */
export function NewQueueForm({ onClose, onAdded }: NewQueueFormProps) {
  const { t } = useTranslation("queues");
  const { t: shared } = useTranslation("shared");
  const stores = useStores();
  const isAdmin = includesRole(useSession(), "admin");
  const add = useChange(addQueue, { touches: [QUEUES], inForm: true });
  const form = useForm({
    initialValues: { code: "", name: "", name_en: "", store_id: null as string | null },
    validate: {
      name: (value) => (value.trim() === "" ? shared("required") : null),
      code: (value) => (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(value) ? null : t("badCode")),
      store_id: (value) => (value === null && !isAdmin ? shared("required") : null),
    },
  });
  return (
    <FormDialog
      opened
      title={t("add")}
      onClose={onClose}
      busy={add.isPending}
      error={add.error}
      onSubmit={form.onSubmit((values) => {
        add.mutate({ ...values, enabled: true }, { onSuccess: onAdded });
      })}
    >
      <TextInput label={t("name")} data-autofocus {...form.getInputProps("name")} />
      <TextInput label={t("nameEn")} {...form.getInputProps("name_en")} />
      <TextInput label={t("code")} description={t("codeHint")} {...form.getInputProps("code")} />
      <Select
        label={t("store")}
        description={t("storeHint")}
        clearable
        clearButtonProps={{ "aria-label": shared("clear") }}
        searchable
        data={(stores.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps("store_id")}
      />
    </FormDialog>
  );
}
