import { Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { showToast } from "@/shared/toast/toasts";
import { ProblemNotice } from "@/shared/ui/problem-notice";

import { useChangePassword } from "../api/change-password";

const SHORTEST = 10;

/** The current password and, twice, a new one. */
export function PasswordForm() {
  const { t } = useTranslation("account");
  const change = useChangePassword();
  const form = useForm({
    initialValues: { current: "", next: "", again: "" },
    validate: {
      current: (value) => (value === "" ? t("password.missing") : null),
      next: (value) => (value.length < SHORTEST ? t("password.short", { count: SHORTEST }) : null),
      again: (value, { next }) => (value === next ? null : t("password.differs")),
    },
  });
  const submit = form.onSubmit(({ current, next }) => {
    change.mutate(
      { current_password: current, new_password: next },
      {
        onSuccess: () => {
          form.reset();
          showToast("good", t("password.changed"));
        },
      },
    );
  });
  const toggle = { "aria-label": t("password.show") };
  return (
    <form onSubmit={submit} noValidate>
      <Stack maw="24rem">
        {change.isError && <ProblemNotice error={change.error} />}
        <PasswordInput
          label={t("password.current")}
          autoComplete="current-password"
          visibilityToggleButtonProps={toggle}
          {...form.getInputProps("current")}
        />
        <PasswordInput
          label={t("password.next")}
          description={t("password.nextHint", { count: SHORTEST })}
          autoComplete="new-password"
          visibilityToggleButtonProps={toggle}
          {...form.getInputProps("next")}
        />
        <PasswordInput
          label={t("password.again")}
          autoComplete="new-password"
          visibilityToggleButtonProps={toggle}
          {...form.getInputProps("again")}
        />
        <Button type="submit" loading={change.isPending} style={{ alignSelf: "flex-start" }}>
          {t("password.submit")}
        </Button>
      </Stack>
    </form>
  );
}
