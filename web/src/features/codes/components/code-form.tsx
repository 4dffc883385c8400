import { MultiSelect, NumberInput, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { useQueues } from "@/shared/api/refs";
import { FormDialog } from "@/shared/ui/form-dialog";

import type { Disposition, DispositionWrite } from "../api/codes";

interface CodeFormProps {
  title: string;
  /** What is changed; null: a new one. */
  entry: Disposition | null;
  /** Dispositions have queues and can be switched off; reasons for breaks have neither. */
  isDisposition: boolean;
  busy: boolean;
  error: unknown;
  onSave: (values: DispositionWrite) => void;
  onClose: () => void;
}

/** A code with its words in both languages. */
export function CodeForm({ title, entry, isDisposition, busy, error, onSave, onClose }: CodeFormProps) {
  const { t } = useTranslation("codes");
  const { t: shared } = useTranslation("shared");
  const queues = useQueues();
  const form = useForm({
    initialValues: {
      code: entry?.code ?? "",
      label: entry?.label ?? "",
      label_en: entry?.label_en ?? "",
      position: entry?.position ?? 0,
      queue_ids: entry?.queue_ids ?? [],
      active: entry?.active ?? true,
    },
    validate: {
      code: (value) => (/^[a-z0-9][a-z0-9_-]*$/.test(value) ? null : t("badCode")),
      label: (value) => (value.trim() === "" ? shared("required") : null),
      label_en: (value) => (value.trim() === "" ? shared("required") : null),
    },
  });
  return (
    <FormDialog
      opened
      title={title}
      onClose={onClose}
      busy={busy}
      error={error}
      onSubmit={form.onSubmit((values) => {
        onSave({ ...values, queue_ids: values.queue_ids.length === 0 ? null : values.queue_ids });
      })}
    >
      <TextInput label={t("label")} data-autofocus {...form.getInputProps("label")} />
      <TextInput label={t("labelEn")} {...form.getInputProps("label_en")} />
      <TextInput
        label={t("code")}
        description={t("codeHint")}
        disabled={entry?.system === true}
        {...form.getInputProps("code")}
      />
      <NumberInput
        label={t("position")}
        description={t("positionHint")}
        min={0}
        max={10_000}
        {...form.getInputProps("position")}
      />
      {isDisposition && (
        <>
          <MultiSelect
            label={t("queues")}
            description={t("queuesHint")}
            searchable
            data={(queues.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            {...form.getInputProps("queue_ids")}
          />
          <Switch
            label={t("active")}
            description={t("activeHint")}
            disabled={entry?.system === true}
            {...form.getInputProps("active", { type: "checkbox" })}
          />
        </>
      )}
    </FormDialog>
  );
}
