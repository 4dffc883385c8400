import { Tooltip } from "@mantine/core";
import { Phone } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";

import classes from "./rows.module.css";

/** Calls a number; the softphone takes such links over. */
export function CallLink({ number, customerId }: { number: string; customerId?: string | undefined }) {
  const { t } = useTranslation("desk");
  const label = t("calls.call", { number: formatPhone(number) });
  return (
    <Tooltip label={label} withArrow>
      <a className={classes.call} href={`tel:${number}`} aria-label={label} data-customer-id={customerId}>
        <Phone size={17} aria-hidden="true" />
      </a>
    </Tooltip>
  );
}
