import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface SectionHeadingProps {
  title: string;
  hint?: string;
  /** Shown at the end of the line: the section's action. */
  children?: ReactNode;
}

/** The heading of a part of a page that is not in a box. */
export function SectionHeading({ title, hint, children }: SectionHeadingProps) {
  return (
    <Group justify="space-between" align="flex-end" gap="sm" mb="sm">
      <div>
        <Title order={2} size="h4">
          {title}
        </Title>
        {hint !== undefined && (
          <Text size="sm" c="dimmed" mt={2}>
            {hint}
          </Text>
        )}
      </div>
      {children}
    </Group>
  );
}
