import { SimpleGrid, Skeleton, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** The page's outline until the first answer. */
export function StatusSkeleton() {
  const { t } = useTranslation("status");
  return (
    <div aria-busy="true">
      <VisuallyHidden>{t("loading")}</VisuallyHidden>
      <SimpleGrid cols={{ base: 2, lg: 4 }} mb="lg">
        {[1, 2, 3, 4].map((card) => (
          <Skeleton key={card} height={128} radius="lg" />
        ))}
      </SimpleGrid>
      <Skeleton height={260} radius="lg" />
    </div>
  );
}
