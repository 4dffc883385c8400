import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { formatAgo } from "@/shared/format/duration";
import { formatPhone } from "@/shared/format/phone-number";
import { useNow } from "@/shared/format/use-now";
import { useLanguage } from "@/shared/i18n/use-language";
import { Panel } from "@/shared/ui/panel";

import { useOpenCallbacks } from "../api/get-open-callbacks";
import { CallLink } from "./call-link";
import classes from "./rows.module.css";

/** Customers who asked to be called back, longest first. */
export function OpenCallbacks() {
  const { t } = useTranslation("desk");
  const language = useLanguage();
  const now = useNow(30_000);
  const { data } = useOpenCallbacks();
  return (
    <Panel
      title={t("callbacks.title")}
      aside={
        <Anchor component={Link} to="/callbacks" size="sm">
          {t("callbacks.all")}
        </Anchor>
      }
    >
      {data?.length === 0 && <p className={classes.empty}>{t("callbacks.none")}</p>}
      <ul className={classes.list}>
        {data?.map(({ id, number, customer_name, queue_name, requested_at }) => {
          const ago = formatAgo((now - Date.parse(requested_at)) / 1000, language);
          return (
            <li key={id} className={classes.row}>
              <div className={classes.what}>
                <div className={classes.name}>{customer_name || formatPhone(number)}</div>
                <div className={classes.detail}>
                  {queue_name} · {t("callbacks.since", { ago })}
                </div>
              </div>
              <CallLink number={number} />
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
