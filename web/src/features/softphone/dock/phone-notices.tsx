import { Button } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { phoneNotices } from "../model/phone-notices";
import { actOnPhone, usePhone } from "../state/current-softphone";
import { usePanel } from "../state/panel-state";
import classes from "./phone-notices.module.css";

/** What keeps calls from reaching this browser, and what to do about it. */
export function PhoneNotices() {
  const { t } = useTranslation("softphone");
  const phone = usePhone();
  const { ringBlocked } = usePanel();
  return phoneNotices({ ...phone, soundBlocked: phone.soundBlocked || ringBlocked }).map(({ text, tone, action }) => (
    <div key={text} className={classes.notice} data-tone={tone} role="alert">
      <TriangleAlert size={17} aria-hidden="true" />
      <div className={classes.text}>
        <p>{t(`notice.${text}`)}</p>
        {action !== null && (
          <Button
            className={classes.button ?? ""}
            size="xs"
            variant="default"
            onClick={() => {
              actOnPhone({ type: action });
            }}
          >
            {action === "take_back" ? t("notice.takeBack") : t("notice.retry")}
          </Button>
        )}
      </div>
    </div>
  ));
}
