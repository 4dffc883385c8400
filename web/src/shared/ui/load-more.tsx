import { Button, Center } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface LoadMoreProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** Fetches the next page of a list; nothing when there is none. */
export function LoadMore({ query }: LoadMoreProps) {
  const { t } = useTranslation("shared");
  if (!query.hasNextPage) return null;
  return (
    <Center mt="md">
      <Button
        variant="default"
        loading={query.isFetchingNextPage}
        onClick={() => {
          query.fetchNextPage();
        }}
      >
        {t("more")}
      </Button>
    </Center>
  );
}
