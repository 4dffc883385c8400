import { Anchor, Stack, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import classes from "./crash-page.module.css";

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Stack align="flex-start" className={classes.page ?? ""}>
      <Title order={1} size="h2">
        {t("notFound.title")}
      </Title>
      <Anchor component={Link} to="/">
        {t("notFound.back")}
      </Anchor>
    </Stack>
  );
}
