import { NavLink, ScrollArea, Text } from "@mantine/core";
import { Link, useRouterState } from "@tanstack/react-router";
import { Activity, Braces, ChartSpline, FileJson, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";

import classes from "./navigation.module.css";

const PAGES = [{ to: "/", text: "nav.status", icon: Activity }] as const;

const MACHINE_PAGES = [
  { href: "/openapi.json", text: "nav.openapi", icon: FileJson },
  { href: "/metrics", text: "nav.metrics", icon: ChartSpline },
  { href: "/api/status", text: "nav.figures", icon: Braces },
] as const;

interface NavigationProps {
  /** Called when a page was chosen: an open menu closes. */
  onChosen: () => void;
}

export function Navigation({ onChosen }: NavigationProps) {
  const { t } = useTranslation();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <>
      <ScrollArea className={classes.pages ?? ""}>
        <Heading text={t("nav.operations")} />
        {PAGES.map(({ to, text, icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={t(text)}
            leftSection={<NavigationIcon icon={icon} />}
            active={path === to}
            onClick={onChosen}
            className={classes.link ?? ""}
          />
        ))}
        <Heading text={t("nav.machines")} />
        {MACHINE_PAGES.map(({ href, text, icon }) => (
          <NavLink
            key={href}
            href={href}
            label={t(text)}
            leftSection={<NavigationIcon icon={icon} />}
            className={classes.link ?? ""}
          />
        ))}
      </ScrollArea>
      <Text className={classes.licence ?? ""}>{t("licence")}</Text>
    </>
  );
}

function Heading({ text }: { text: string }) {
  return <Text className={classes.heading ?? ""}>{text}</Text>;
}

function NavigationIcon({ icon: Icon }: { icon: LucideIcon }) {
  return <Icon size={18} strokeWidth={1.9} aria-hidden="true" />;
}
