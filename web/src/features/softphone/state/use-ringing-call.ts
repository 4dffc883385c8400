import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import type { LiveCallView } from "@/shared/live/views";

import { otherName, otherNumber } from "../model/my-calls";
import { usePhone } from "./current-softphone";
import { useMyWork } from "./use-my-work";

export interface RingingCall {
  callId: string;
  /** The server's view; null while only the phone knows of the call. */
  call: LiveCallView | null;
  /** The best there is to call the other side. */
  name: string;
  about: string;
}

/** The call that rings for this agent now, or null. */
export function useRingingCall(): RingingCall | null {
  const { t } = useTranslation("softphone");
  const { ringing, userId } = useMyWork();
  const phone = usePhone();
  if (ringing !== null) {
    const number = otherNumber(ringing);
    return {
      callId: ringing.id,
      call: ringing,
      name: otherName(ringing, userId) || (number === null ? t("caller.withheld") : formatPhone(number)),
      about:
        ringing.queue === null
          ? t("ringing.notificationPlain")
          : t("ringing.notification", { queue: ringing.queue.name }),
    };
  }
  if (phone.session !== "ringing") return null;
  const name = phone.from === null ? "" : phone.from.name || formatPhone(phone.from.number);
  return {
    callId: phone.callId ?? "unknown",
    call: null,
    name: name || t("caller.unknown"),
    about: t("ringing.notificationPlain"),
  };
}
