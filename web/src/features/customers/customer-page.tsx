import { Stack, Text } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatWhen } from "@/shared/format/date-time";
import { formatPhone } from "@/shared/format/phone-number";
import { useLanguage } from "@/shared/i18n/use-language";
import { BackLink } from "@/shared/ui/back-link";
import { FactList } from "@/shared/ui/fact-list";
import { PageTitle } from "@/shared/ui/page-title";
import { Panel } from "@/shared/ui/panel";
import { QueryState } from "@/shared/ui/query-state";

import { useCustomer, type CustomerDetail } from "./api/customers";
import { Timeline } from "./components/timeline";
import { VipLabel } from "./components/vip-label";

/** One customer with everything that happened. */
export function CustomerPage() {
  const { t } = useTranslation("customers");
  const id = useParams({ strict: false, select: ({ customerId }) => customerId ?? "" });
  const customer = useCustomer(id);
  return (
    <>
      <BackLink to="/customers">{t("title")}</BackLink>
      <QueryState query={customer} data={customer.data}>
        {(data) => <Detail customer={data} />}
      </QueryState>
    </>
  );
}

function Detail({ customer }: { customer: CustomerDetail }) {
  const { t } = useTranslation("customers");
  const language = useLanguage();
  const last = customer.last_contact;
  const facts: (readonly [string, ReactNode])[] = [
    [t("columns.phones"), customer.phones.map(formatPhone).join(", ") || "–"],
    [t("columns.store"), customer.owner_store?.name ?? "–"],
    [
      t("last"),
      last === null
        ? "–"
        : [last.store?.name, last.agent?.name, formatWhen(last.at, language)].filter(Boolean).join(" · "),
    ],
    [t("email"), customer.email ?? "–"],
    [t("address"), customer.address ?? "–"],
  ];
  return (
    <Stack gap="lg">
      <PageTitle title={customer.name} hint={customer.code ?? undefined}>
        <VipLabel level={customer.vip_level} />
      </PageTitle>
      <Panel title={t("facts")}>
        <FactList facts={facts} />
        {customer.notes !== "" && (
          <Text size="sm" mt="md" style={{ whiteSpace: "pre-line" }}>
            {customer.notes}
          </Text>
        )}
      </Panel>
      <Panel title={t("timeline")} hint={t("timelineHint")}>
        <Timeline entries={customer.timeline} />
      </Panel>
    </Stack>
  );
}
