import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { useSignIn } from "@/shared/session/sign-in";
import { ProblemNotice } from "@/shared/ui/problem-notice";

interface SignInFormProps {
  onDone: () => void;
}

/** Login and password. */
export function SignInForm({ onDone }: SignInFormProps) {
  const { t } = useTranslation("login");
  const signIn = useSignIn();
  const form = useForm({
    initialValues: { login: "", password: "" },
    validate: {
      login: (value) => (value.trim() === "" ? t("missing") : null),
      password: (value) => (value === "" ? t("missing") : null),
    },
  });
  return (
    <form
      onSubmit={form.onSubmit(({ login, password }) => {
        signIn.mutate({ login: login.trim(), password }, { onSuccess: onDone });
      })}
      noValidate
    >
      <Stack>
        {signIn.isError && <ProblemNotice error={signIn.error} />}
        <TextInput label={t("login")} autoComplete="username" autoCapitalize="none" {...form.getInputProps("login")} />
        <PasswordInput label={t("password")} autoComplete="current-password" {...form.getInputProps("password")} />
        <Button type="submit" loading={signIn.isPending} fullWidth>
          {t("submit")}
        </Button>
      </Stack>
    </form>
  );
}
