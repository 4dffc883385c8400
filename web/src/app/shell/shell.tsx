import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMatches } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "@/shared/session/session";

import { Brand } from "./brand";
import { ColorSchemeSwitch } from "./color-scheme-switch";
import { ConnectionBanner } from "./connection-banner";
import { LanguageSwitch } from "./language-switch";
import { Navigation } from "./navigation";
import { Palette } from "./palette";
import classes from "./shell.module.css";
import { UserMenu } from "./user-menu";

interface ShellProps {
  session: Session;
  children: ReactNode;
}

/** Header and navigation around every page. Below 992 px, and on wide pages, the navigation opens when asked for. */
export function Shell({ session, children }: ShellProps) {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const isWide = useMatches({ select: (matches) => matches.some(({ staticData }) => staticData.wide === true) });
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 236, breakpoint: "md", collapsed: { mobile: !opened, desktop: isWide && !opened } }}
      padding={0}
      classNames={{ header: classes.header ?? "", navbar: classes.navbar ?? "" }}
    >
      <a className={classes.skip} href="#content">
        {t("skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px={{ base: "sm", xs: "md" }} justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              {...(!isWide && { hiddenFrom: "md" })}
              size="sm"
              aria-label={t("menu")}
              aria-expanded={opened}
              aria-controls="navigation"
            />
            <Brand />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Palette session={session} />
            <Group gap="xs" visibleFrom="sm" wrap="nowrap">
              <LanguageSwitch />
              <ColorSchemeSwitch />
            </Group>
            <UserMenu session={session} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar id="navigation" aria-label={t("nav.label")}>
        <Navigation session={session} onChosen={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={isWide ? (classes.wideMain ?? "") : ""}>
        <ConnectionBanner />
        <div className={isWide ? classes.wideContent : classes.content}>{children}</div>
      </AppShell.Main>
    </AppShell>
  );
}
