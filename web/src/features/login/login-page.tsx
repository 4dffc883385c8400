import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { PageTitle } from "@/shared/ui/page-title";

import { SignInForm } from "./components/sign-in-form";
import classes from "./login-page.module.css";

/** Where everybody starts. */
export function LoginPage() {
  const { t } = useTranslation("login");
  const navigate = useNavigate();
  const next = useSearch({ strict: false, select: ({ next }) => next });
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <PageTitle title={t("title")} hint={t("hint")} />
        <SignInForm
          onDone={() => {
            void navigate({ href: next?.startsWith("/") ? next : "/", replace: true });
          }}
        />
      </div>
    </main>
  );
}
