import { Button, Group, SegmentedControl, Stack } from "@mantine/core";
import { PhoneIncoming, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { formatPhone } from "@/shared/format/phone-number";
import { includesRole, useSession } from "@/shared/session/session";
import { ConfirmDialog } from "@/shared/ui/confirm-dialog";
import { EmptyState } from "@/shared/ui/empty-state";
import { LoadMore } from "@/shared/ui/load-more";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";

import { CALLBACKS, cancelCallback, useCallbacks, type Callback } from "./api/callbacks";
import { CallbackForm } from "./components/callback-form";
import { CallbackTable } from "./components/callback-table";

const SHOWN = ["open", "closed", "all"] as const;

/** Customers who keep a place in a queue without waiting on the line. */
export function CallbacksPage() {
  const { t } = useTranslation("callbacks");
  const session = useSession();
  const [shown, setShown] = useState<string>("open");
  const [adding, setAdding] = useState(false);
  const [doomed, setDoomed] = useState<Callback | null>(null);
  const callbacks = useCallbacks(shown === "all" ? null : shown === "open");
  const cancel = useChange(cancelCallback, { touches: [CALLBACKS], done: t("cancelled") });
  return (
    <Stack>
      <PageTitle title={t("title")} hint={t("hint")}>
        <Group>
          <SegmentedControl
            aria-label={t("shown")}
            value={shown}
            onChange={setShown}
            data={SHOWN.map((value) => ({ value, label: t(`show.${value}`) }))}
          />
          <Button
            leftSection={<Plus size={16} />}
            onClick={() => {
              setAdding(true);
            }}
          >
            {t("add")}
          </Button>
        </Group>
      </PageTitle>
      <QueryState query={callbacks} data={callbacks.items}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={PhoneIncoming} title={t("none")} text={t("noneText")} />
          ) : (
            <CallbackTable callbacks={items} onCancel={includesRole(session, "supervisor") ? setDoomed : null} />
          )
        }
      </QueryState>
      <LoadMore query={callbacks} />
      {adding && (
        <CallbackForm
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
      <ConfirmDialog
        opened={doomed !== null}
        title={t("cancelTitle", { who: doomed === null ? "" : formatPhone(doomed.number) })}
        text={t("cancelText")}
        action={t("cancel")}
        busy={cancel.isPending}
        onClose={() => {
          setDoomed(null);
        }}
        onConfirm={() => {
          if (doomed === null) return;
          cancel.mutate(doomed.id, {
            onSettled: () => {
              setDoomed(null);
            },
          });
        }}
      />
    </Stack>
  );
}
