import { NavLink, ScrollArea, Text } from "@mantine/core";
import { Link, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Session } from "@/shared/session/session";

import classes from "./navigation.module.css";
import { pagesFor } from "./pages";

interface NavigationProps {
  session: Session;
  /** Called when a page was chosen: an open menu closes. */
  onChosen: () => void;
}

export function Navigation({ session, onChosen }: NavigationProps) {
  const { t } = useTranslation();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <>
      <ScrollArea className={classes.pages ?? ""}>
        {pagesFor(session).map(({ text: group, pages }) => (
          <section key={group} aria-label={t(`nav.${group}`)}>
            <Text className={classes.heading ?? ""}>{t(`nav.${group}`)}</Text>
            {pages.map(({ to, text, icon: Icon }) => (
              <NavLink
                key={to}
                component={Link}
                to={to}
                label={t(`nav.${text}`)}
                leftSection={<Icon size={18} strokeWidth={1.9} aria-hidden="true" />}
                active={path === to || path.startsWith(`${to}/`)}
                onClick={onChosen}
                className={classes.link ?? ""}
              />
            ))}
          </section>
        ))}
      </ScrollArea>
      <Text className={classes.licence ?? ""}>{t("licence")}</Text>
    </>
  );
}
