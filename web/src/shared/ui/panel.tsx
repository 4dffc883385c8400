import { Group, Text, Title } from "@mantine/core";
import { useId, type ReactNode } from "react";

import classes from "./panel.module.css";

interface PanelProps {
  title: string;
  /** One line that says what the panel is about, when the title alone does not. */
  hint?: string;
  /** Shown at the end of the title's line. */
  aside?: ReactNode;
  className?: string | undefined;
  children: ReactNode;
}

/** A titled box: the unit that pages are laid out from. */
export function Panel({ title, hint, aside, className, children }: PanelProps) {
  const titleId = useId();
  return (
    <section className={[classes.panel, className].filter(Boolean).join(" ")} aria-labelledby={titleId}>
      <Group justify="space-between" gap="xs" mb="md" wrap="nowrap" align="flex-start">
        <div>
          <Title order={2} size="h4" id={titleId}>
            {title}
          </Title>
          {hint !== undefined && (
            <Text size="sm" c="dimmed" mt={2}>
              {hint}
            </Text>
          )}
        </div>
        {aside}
      </Group>
      {children}
    </section>
  );
}
