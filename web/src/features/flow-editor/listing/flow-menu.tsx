import { ActionIcon, Menu } from "@mantine/core";
import { CopyPlus, Download, Ellipsis, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { ConfirmDialog } from "@/shared/ui/confirm-dialog";

import { FLOWS, getFlow, importFlow, removeFlow } from "../api/flows";
import type { FlowSummary } from "../api/views";
import { downloadFlow } from "../state/download";
import { freeId } from "./free-id";

interface FlowMenuProps {
  flow: FlowSummary;
  /** The ids of all flows. */
  taken: readonly string[];
  onCopied: (id: string) => void;
}

/** What can be done with a flow without opening it. */
export function FlowMenu({ flow, taken, onCopied }: FlowMenuProps) {
  const { t } = useTranslation("flows");
  const { t: shared } = useTranslation("shared");
  const [removing, setRemoving] = useState(false);
  const remove = useChange(removeFlow, { touches: [FLOWS], done: shared("deleted") });
  const download = useChange(getFlow, { touches: [], done: null });
  const copy = useChange(
    async () => {
      const { document } = await getFlow(flow.id);
      const id = freeId(flow.id, taken);
      return importFlow({ document: { ...document, id, name: t("copyName", { name: document.name }), version: 1 } });
    },
    { touches: [FLOWS], done: null },
  );
  return (
    <>
      <Menu position="bottom-end" width={190}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("menu", { name: flow.name })}
            loading={copy.isPending}
          >
            <Ellipsis size={18} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<CopyPlus size={16} aria-hidden="true" />}
            onClick={() => {
              copy.mutate(undefined, {
                onSuccess: ({ id }) => {
                  onCopied(id);
                },
              });
            }}
          >
            {t("duplicate")}
          </Menu.Item>
          <Menu.Item
            leftSection={<Download size={16} aria-hidden="true" />}
            onClick={() => {
              download.mutate(flow.id, {
                onSuccess: ({ document }) => {
                  downloadFlow(document);
                },
              });
            }}
          >
            {t("download")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<Trash2 size={16} aria-hidden="true" />}
            disabled={flow.dids.length > 0}
            onClick={() => {
              setRemoving(true);
            }}
          >
            {t("remove")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog
        opened={removing}
        title={t("removeTitle", { name: flow.name })}
        text={t("removeText")}
        action={t("remove")}
        busy={remove.isPending}
        onClose={() => {
          setRemoving(false);
        }}
        onConfirm={() => {
          remove.mutate(flow.id, {
            onSettled: () => {
              setRemoving(false);
            },
          });
        }}
      />
    </>
  );
}
