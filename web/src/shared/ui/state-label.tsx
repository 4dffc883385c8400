import type { ReactNode } from "react";

import classes from "./state-label.module.css";

export type Tone = "good" | "warning" | "bad" | "info" | "aside" | "quiet";

interface StateLabelProps {
  tone: Tone;
  /** Let the dot breathe: something goes on right now. */
  alive?: boolean;
  children: ReactNode;
}

/** A state in words, with a dot in its colour; the words alone are enough. */
export function StateLabel({ tone, alive = false, children }: StateLabelProps) {
  return (
    <span className={classes.label} data-tone={tone}>
      <span className={classes.dot} data-alive={alive || undefined} aria-hidden="true" />
      {children}
    </span>
  );
}
