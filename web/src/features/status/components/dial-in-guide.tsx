import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Copyable } from "@/shared/ui/copyable";
import { Panel } from "@/shared/ui/panel";

import type { ServerStatus } from "../api/get-status";
import { softphoneAddresses } from "../model/softphone";
import classes from "./dial-in-guide.module.css";

/** A hotline to show in examples when none is configured. */
const EXAMPLE_HOTLINE = "1900";

/** How to hear the call center: the settings of a softphone, three steps, and the built-in phone. */
export function DialInGuide({ status }: { status: ServerStatus }) {
  const { t } = useTranslation("status");
  const labels = { copy: t("dialIn.copy"), copied: t("dialIn.copied") };
  const addresses = softphoneAddresses(status.sip_listeners, location.hostname);
  const hotline = status.hotlines[0]?.number ?? EXAMPLE_HOTLINE;
  return (
    <Panel title={t("dialIn.title")} hint={t("dialIn.hint")}>
      <dl className={classes.settings}>
        <Setting name={t("dialIn.server")}>
          {addresses.length === 0 && <Text size="sm">{t("dialIn.noListener")}</Text>}
          {addresses.map(({ address, transports }) => (
            <div key={address} className={classes.address}>
              <Copyable text={address} labels={labels} />
              <Text span size="sm" c="dimmed">
                {transports.join(", ")}
              </Text>
            </div>
          ))}
        </Setting>
        <Setting name={t("dialIn.realm")}>
          <Copyable text={status.sip_realm} labels={labels} />
        </Setting>
        <Setting name={t("dialIn.hotline")}>
          <Copyable text={hotline} labels={labels} />
        </Setting>
      </dl>
      <ol className={classes.steps}>
        <Step title={t("dialIn.steps.account")} text={t("dialIn.steps.accountText")}>
          <Copyable text="callcenter extensions add 103" labels={labels} />
        </Step>
        <Step title={t("dialIn.steps.register")} text={t("dialIn.steps.registerText")} />
        <Step title={t("dialIn.steps.call")} text={t("dialIn.steps.callText")} />
      </ol>
      <div className={classes.without}>
        <Text size="sm">{t("dialIn.without")}</Text>
        <Copyable text={`callcenter call ${hotline} --keys 1 --from 0912345678`} labels={labels} />
      </div>
    </Panel>
  );
}

function Setting({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className={classes.settingName}>{name}</dt>
      <dd className={classes.settingValue}>{children}</dd>
    </div>
  );
}

function Step({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <li className={classes.step}>
      <h3 className={classes.stepTitle}>{title}</h3>
      <Text size="sm" c="dimmed">
        {text}
      </Text>
      {children}
    </li>
  );
}
