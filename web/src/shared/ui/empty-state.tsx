import { Stack, Text } from "@mantine/core";
import { Inbox, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import classes from "./empty-state.module.css";

interface EmptyStateProps {
  icon?: LucideIcon;
  title: string;
  /** What to do about it, or why that is fine. */
  text?: string;
  /** A button, when something can be done. */
  children?: ReactNode;
}

/** Stands where a list would be when there is nothing to show. */
export function EmptyState({ icon: Icon = Inbox, title, text, children }: EmptyStateProps) {
  return (
    <Stack align="center" gap={6} className={classes.empty ?? ""}>
      <span className={classes.icon}>
        <Icon size={26} strokeWidth={1.6} aria-hidden="true" />
      </span>
      <Text fw={600}>{title}</Text>
      {text !== undefined && (
        <Text size="sm" c="dimmed" maw="28rem">
          {text}
        </Text>
      )}
      {children}
    </Stack>
  );
}
