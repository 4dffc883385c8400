import type { ReactNode } from "react";

import { useLanguage } from "@/shared/i18n/use-language";

import classes from "./figure-card.module.css";

interface FigureCardProps {
  name: string;
  value: number;
  hint: string;
  /** The figure the page is mostly opened for. */
  strong?: boolean;
  /** Drawn under the figure. */
  children?: ReactNode;
}

export function FigureCard({ name, value, hint, strong = false, children }: FigureCardProps) {
  const language = useLanguage();
  return (
    <dl className={classes.card} data-strong={strong || undefined}>
      <dt className={classes.name}>{name}</dt>
      <dd className={classes.value}>{value.toLocaleString(language)}</dd>
      <dd className={classes.hint}>{hint}</dd>
      {children}
    </dl>
  );
}
