import { Star } from "lucide-react";
import { useTranslation } from "react-i18next";

import classes from "./vip-label.module.css";

/** That a customer is an important one; nothing for others. */
export function VipLabel({ level }: { level: number }) {
  const { t } = useTranslation("customers");
  if (level === 0) return null;
  return (
    <span className={classes.label}>
      <Star size={12} aria-hidden="true" /> {t("vip", { level })}
    </span>
  );
}
