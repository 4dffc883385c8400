import { ActionIcon } from "@mantine/core";
import { UserMinus } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import type { LiveCallView } from "@/shared/live/views";

import { others } from "../model/my-calls";
import { may } from "../model/permitted";
import type { CallActions } from "../state/use-call-actions";
import classes from "./participant-list.module.css";

interface ParticipantListProps {
  call: LiveCallView;
  userId: string;
  actions: CallActions;
}

/** Everybody in a conversation of more than two, each of whom can be taken out again. */
export function ParticipantList({ call, userId, actions }: ParticipantListProps) {
  const { t } = useTranslation("softphone");
  const people = others(call, userId);
  if (people.length < 2) return null;
  return (
    <ul className={classes.list} aria-label={t("participants.title")}>
      {people.map(({ leg_id, name, number, role, state }) => {
        const label = name || (number === null ? t(`participants.role.${role}`) : formatPhone(number));
        return (
          <li key={leg_id} className={classes.row}>
            <span className={classes.name}>{label}</span>
            <span className={classes.state}>
              {t(`participants.role.${role}`)} · {t(`participants.state.${state}`)}
            </span>
            {may(call, "drop_participant") && (
              <ActionIcon
                variant="subtle"
                color="red"
                aria-label={t("participants.drop", { name: label })}
                onClick={() => {
                  actions.command(call, { do: "drop", leg_id });
                }}
              >
                <UserMinus size={16} />
              </ActionIcon>
            )}
          </li>
        );
      })}
    </ul>
  );
}
