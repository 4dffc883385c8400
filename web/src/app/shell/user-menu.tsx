import { Menu, UnstyledButton } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronDown, LogOut, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useAgents } from "@/shared/live/live-lists";
import { forgetExpiry } from "@/shared/session/expiry";
import type { Session } from "@/shared/session/session";
import { useSignOut } from "@/shared/session/sign-in";
import { AgentStateLabel } from "@/shared/ui/agent-state-label";
import { RunningClock } from "@/shared/ui/running-clock";

import classes from "./user-menu.module.css";

/** Who is signed in, how long they have been in which state, their account and the way out. */
export function UserMenu({ session }: { session: Session }) {
  const { t } = useTranslation();
  const { t: shared } = useTranslation("shared");
  const navigate = useNavigate();
  const signOut = useSignOut();
  const leave = () => {
    signOut.mutate(undefined, {
      onSettled: () => {
        forgetExpiry();
        void navigate({ to: "/login" });
      },
    });
  };
  return (
    <Menu position="bottom-end" withArrow width={220}>
      <Menu.Target>
        <UnstyledButton
          className={classes.target ?? ""}
          // The name where the words do not fit.
          title={t("user.menu", { name: session.user.name })}
        >
          <span className={classes.initial} aria-hidden="true">
            {session.user.name.trim().split(/\s+/).at(-1)?.charAt(0).toUpperCase()}
          </span>
          <span className={classes.who}>
            <span className={classes.name}>{session.user.name}</span>
            <span className={classes.role}>{shared(`role.${session.user.role}`)}</span>
          </span>
          <ChevronDown size={15} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {session.agent && <OwnState id={session.user.id} />}
        <Menu.Item component={Link} to="/account" leftSection={<UserRound size={16} />}>
          {t("user.account")}
        </Menu.Item>
        <Menu.Item leftSection={<LogOut size={16} />} onClick={leave}>
          {t("user.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function OwnState({ id }: { id: string }) {
  const me = useAgents().data?.find((agent) => agent.id === id);
  if (me === undefined) return null;
  return (
    <Menu.Label className={classes.state ?? ""}>
      <AgentStateLabel state={me.state} reason={me.reason} /> <RunningClock since={me.since} />
    </Menu.Label>
  );
}
