import { Text, Title } from "@mantine/core";
import { Headset } from "lucide-react";
import { useTranslation } from "react-i18next";

import classes from "./idle-desk.module.css";

/** The desk while nothing rings: what will happen here, and how to begin something. */
export function IdleDesk() {
  const { t } = useTranslation("desk");
  return (
    <section className={classes.idle}>
      <span className={classes.art} aria-hidden="true">
        <Headset size={34} strokeWidth={1.6} />
      </span>
      <Title order={2} size="h3">
        {t("idle.title")}
      </Title>
      <Text c="dimmed" maw="30rem">
        {t("idle.text")}
      </Text>
      <ul className={classes.tips}>
        <li>{t("idle.tips.state")}</li>
        <li>{t("idle.tips.dial")}</li>
        <li>{t("idle.tips.help")}</li>
      </ul>
    </section>
  );
}
