import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { PageTitle } from "@/shared/ui/page-title";

import { SignInForm } from "./components/sign-in-form";
import classes from "./login-page.module.css";

interface LoginPageProps {
  /** The product's sign, above the form. */
  brand: ReactNode;
  /** Language and colours, below it. */
  switches: ReactNode;
}

/** Where everybody starts. */
export function LoginPage({ brand, switches }: LoginPageProps) {
  const { t } = useTranslation("login");
  const navigate = useNavigate();
  const next = useSearch({ strict: false, select: ({ next }) => next });
  return (
    <main className={classes.page}>
      <div className={classes.column}>
        <div className={classes.brand}>{brand}</div>
        <div className={classes.card}>
          <PageTitle title={t("title")} hint={t("hint")} />
          <SignInForm
            onDone={() => {
              // Only pages of ours: "//elsewhere" would be another host.
              void navigate({ href: next !== undefined && /^\/(?!\/)/.test(next) ? next : "/", replace: true });
            }}
          />
        </div>
        <div className={classes.switches}>{switches}</div>
      </div>
    </main>
  );
}
