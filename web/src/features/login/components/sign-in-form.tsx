import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { Problem } from "@/shared/api/problem";
import type { Session } from "@/shared/session/session";
import { useSignIn } from "@/shared/session/sign-in";
import { ProblemNotice } from "@/shared/ui/problem-notice";

import { Throttle } from "./throttle";

interface SignInFormProps {
  /** Who signs in again; left out: anybody. */
  login?: string;
  onDone: (session: Session) => void;
}

/** Login and password; counts down while too many attempts keep the door shut. */
export function SignInForm({ login = "", onDone }: SignInFormProps) {
  const { t } = useTranslation("login");
  const signIn = useSignIn();
  const form = useForm({
    initialValues: { login, password: "" },
    validate: {
      login: (value) => (value.trim() === "" ? t("missing") : null),
      password: (value) => (value === "" ? t("missing") : null),
    },
  });
  const throttled = signIn.error instanceof Problem && signIn.error.status === 429 ? signIn.error : null;
  const submit = form.onSubmit(({ login, password }) => {
    signIn.mutate({ login: login.trim().toLowerCase(), password }, { onSuccess: onDone });
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {throttled !== null && (
          <Throttle
            key={signIn.submittedAt}
            seconds={throttled.retryAfter ?? 30}
            onOver={() => {
              signIn.reset();
            }}
          />
        )}
        {signIn.isError && throttled === null && <ProblemNotice error={signIn.error} />}
        <TextInput
          label={t("login")}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          readOnly={login !== ""}
          size="md"
          {...form.getInputProps("login")}
        />
        <PasswordInput
          label={t("password")}
          autoComplete="current-password"
          size="md"
          data-autofocus
          visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
          {...form.getInputProps("password")}
        />
        <Button type="submit" size="md" mt={4} loading={signIn.isPending} disabled={throttled !== null} fullWidth>
          {t("submit")}
        </Button>
      </Stack>
    </form>
  );
}
