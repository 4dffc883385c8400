import { Select, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { useQueues } from "@/shared/api/refs";
import { useChange } from "@/shared/api/use-change";
import { FormDialog } from "@/shared/ui/form-dialog";

import { addCallback, CALLBACKS } from "../api/callbacks";

/** Puts somebody into a queue without a call. */
export function CallbackForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("callbacks");
  const { t: shared } = useTranslation("shared");
  const queues = useQueues();
  const add = useChange(addCallback, { touches: [CALLBACKS], done: t("added"), inForm: true });
  const form = useForm({
    initialValues: { queue: "", number: "", customer_name: "", note: "" },
    validate: {
      queue: (value) => (value === "" ? shared("required") : null),
      number: (value) => (value.replace(/\D/g, "").length < 3 ? t("badNumber") : null),
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
        add.mutate({ ...values, language: "vi" }, { onSuccess: onClose });
      })}
    >
      <TextInput label={t("columns.number")} type="tel" data-autofocus {...form.getInputProps("number")} />
      <Select
        label={t("columns.queue")}
        searchable
        data={(queues.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        {...form.getInputProps("queue")}
      />
      <TextInput label={t("columns.name")} {...form.getInputProps("customer_name")} />
      <Textarea label={t("columns.note")} autosize minRows={2} {...form.getInputProps("note")} />
    </FormDialog>
  );
}
