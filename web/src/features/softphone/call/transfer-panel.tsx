import { Button, Group, Stack } from "@mantine/core";
import { MessagesSquare, PhoneForwarded, UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { LiveCallView } from "@/shared/live/views";
import { showToast } from "@/shared/toast/toasts";

import type { DirectoryEntry } from "../api/find-directory";
import { may } from "../model/permitted";
import { showPanel } from "../state/panel-state";
import type { CallActions } from "../state/use-call-actions";
import { DirectorySearch } from "./directory-search";

interface TransferPanelProps {
  call: LiveCallView;
  actions: CallActions;
  /** Bring somebody in rather than hand the call over. */
  adding: boolean;
}

/** Whom to hand the call to, or to bring into it. */
export function TransferPanel({ call, actions, adding }: TransferPanelProps) {
  const { t } = useTranslation("softphone");
  const [chosen, setChosen] = useState<DirectoryEntry | null>(null);
  const target = chosen === null ? null : { kind: chosen.kind, value: chosen.value };
  const close = (): void => {
    showPanel({ part: "none" });
  };
  return (
    <Stack gap="sm" component="section" aria-label={adding ? t("transfer.addTitle") : t("transfer.title")}>
      <DirectorySearch chosen={chosen} onChoose={setChosen} />
      {adding ? (
        <Button
          leftSection={<UserPlus size={16} />}
          disabled={target === null}
          loading={actions.isPending}
          onClick={() => {
            if (target !== null) actions.command(call, { do: "participants", target }, close);
          }}
        >
          {t("transfer.addNow")}
        </Button>
      ) : (
        <Group grow gap="xs">
          <Button
            variant="default"
            leftSection={<MessagesSquare size={16} />}
            disabled={target === null || !may(call, "consult")}
            loading={actions.isPending}
            onClick={() => {
              if (target !== null) actions.command(call, { do: "consult", target }, close);
            }}
          >
            {t("transfer.consult")}
          </Button>
          <Button
            leftSection={<PhoneForwarded size={16} />}
            disabled={target === null || !may(call, "transfer")}
            loading={actions.isPending}
            onClick={() => {
              if (target === null) return;
              actions.command(call, { do: "transfer", target }, () => {
                showToast("good", t("transfer.done", { name: chosen?.label ?? "" }));
                close();
              });
            }}
          >
            {t("transfer.blind")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
