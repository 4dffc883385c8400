import { Group, Text, Title } from "@mantine/core";
import { useEffect, type ReactNode } from "react";

interface PageTitleProps {
  title: string;
  /** One line below: what the page is for. */
  hint?: ReactNode | undefined;
  /** Shown at the end of the line: the page's main action. */
  children?: ReactNode;
}

/** The heading of a page, which also names the browser's tab. */
export function PageTitle({ title, hint, children }: PageTitleProps) {
  useEffect(() => {
    document.title = `${title} · callcenter`;
  }, [title]);
  return (
    <Group component="header" justify="space-between" gap="sm" align="flex-end" mb="lg">
      <div>
        <Title order={1} size="h2">
          {title}
        </Title>
        {hint !== undefined && (
          <Text size="sm" c="dimmed" mt={4}>
            {hint}
          </Text>
        )}
      </div>
      {children}
    </Group>
  );
}
