import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { Lock } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ConfirmDialog } from "@/shared/ui/confirm-dialog";

import { downloadFlow } from "../state/download";
import { useEditor, useEditorState } from "../state/editor-context";
import classes from "./lock-banner.module.css";

/** Says that somebody else edits, and lets one take over. */
export function LockBanner() {
  const { t } = useTranslation("flows");
  const { session } = useEditor();
  const holder = useEditorState((state) => state.lockedBy);
  const hasUnsaved = useEditorState((state) => state.save.kind === "locked");
  const [asking, setAsking] = useState(false);
  if (holder === null) return null;
  const { name } = holder;
  return (
    <div className={classes.banner} role="status">
      <Lock size={16} aria-hidden="true" />
      <span>{hasUnsaved ? t("lock.lost", { name }) : t("lock.held", { name })}</span>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => {
          setAsking(true);
        }}
      >
        {t("lock.takeOver")}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={t("lock.takeOverTitle", { name })}
        text={t("lock.takeOverText", { name })}
        action={t("lock.takeOver")}
        onClose={() => {
          setAsking(false);
        }}
        onConfirm={() => {
          setAsking(false);
          void session.lock(true);
        }}
      />
    </div>
  );
}

/** Lets a person decide which of two drafts goes on; nothing is lost before that. */
export function ConflictDialog() {
  const { t } = useTranslation("flows");
  const { session, store } = useEditor();
  const opened = useEditorState((state) => state.save.kind === "conflict" && !state.readOnly);
  return (
    <Modal opened={opened} centered withCloseButton={false} onClose={() => undefined} title={t("conflict.title")}>
      <Stack>
        <Text size="sm">{t("conflict.text")}</Text>
        <Button
          variant="default"
          onClick={() => {
            downloadFlow(store.getState().document);
          }}
        >
          {t("conflict.download")}
        </Button>
        <Group grow align="flex-start">
          <Stack gap={4}>
            <Button variant="default" onClick={() => void session.takeTheirs()}>
              {t("conflict.takeTheirs")}
            </Button>
            <Text size="xs" c="dimmed">
              {t("conflict.takeTheirsHint")}
            </Text>
          </Stack>
          <Stack gap={4}>
            <Button onClick={() => void session.keepMine()}>{t("conflict.keepMine")}</Button>
            <Text size="xs" c="dimmed">
              {t("conflict.keepMineHint")}
            </Text>
          </Stack>
        </Group>
      </Stack>
    </Modal>
  );
}
