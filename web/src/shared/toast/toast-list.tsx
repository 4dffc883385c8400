import { CloseButton } from "@mantine/core";
import { CircleAlert, CircleCheck, Info, TriangleAlert, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";

import classes from "./toast-list.module.css";
import { dismissToast, useToasts, type ToastTone } from "./toasts";

const ICONS: Record<ToastTone, LucideIcon> = {
  good: CircleCheck,
  bad: CircleAlert,
  warning: TriangleAlert,
  quiet: Info,
};

/** The messages of {@link showToast}, read out by screen readers as they come. */
export function ToastList() {
  const { t } = useTranslation("shared");
  return (
    <div className={classes.list} role="status" aria-live="polite">
      {useToasts().map(({ id, tone, text }) => {
        const Icon = ICONS[tone];
        return (
          <div key={id} className={classes.toast} data-tone={tone}>
            <Icon size={20} aria-hidden="true" className={classes.icon} />
            <span className={classes.text}>{text}</span>
            <CloseButton
              size="sm"
              aria-label={t("dismiss")}
              onClick={() => {
                dismissToast(id);
              }}
            />
          </div>
        );
      })}
    </div>
  );
}
