import { Skeleton, Stack } from "@mantine/core";

/** The outline of a page whose code is still on its way. */
export function PageSkeleton() {
  return (
    <Stack gap="lg" aria-busy="true">
      <Skeleton height={32} width="16rem" radius="md" />
      <Skeleton height={180} radius="lg" />
      <Skeleton height={320} radius="lg" />
    </Stack>
  );
}
