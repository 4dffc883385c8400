import { Alert, Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { showToast } from "@/shared/toast/toasts";
import { ProblemNotice } from "@/shared/ui/problem-notice";

import { publishFlow } from "../api/editing";
import { FLOWS } from "../api/flows";
import { useEditor, useEditorState } from "../state/editor-context";

/** Asks for a note and puts the draft into service. Errors forbid it. */
export function PublishDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("flows");
  const { t: shared } = useTranslation("shared");
  const { store } = useEditor();
  const [note, setNote] = useState("");
  const { problems, save, publishedVersion, revision, unpublished, document } = useEditorState((state) => state);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const publish = useChange(publishFlow, { touches: [FLOWS], done: null });
  const isSaved = save.kind === "saved";
  return (
    <Modal
      opened
      centered
      onClose={onClose}
      title={t("publish.title")}
      closeButtonProps={{ "aria-label": shared("close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          publish.mutate(
            { id: document.id, revision, note },
            {
              onSuccess: ({ version }) => {
                store.setState({ publishedVersion: version, unpublished: false });
                showToast("good", t("publish.done", { version }));
                onClose();
              },
            },
          );
        }}
      >
        <Stack>
          <Text size="sm">{t("publish.text")}</Text>
          {publish.isError && <ProblemNotice error={publish.error} />}
          {errors > 0 && <Alert color="red">{t("publish.blocked", { count: errors })}</Alert>}
          {errors === 0 && warnings > 0 && <Alert color="yellow">{t("publish.warnings", { count: warnings })}</Alert>}
          {!isSaved && <Alert color="yellow">{t("publish.unsaved")}</Alert>}
          {publishedVersion !== null && !unpublished && isSaved && <Alert color="gray">{t("publish.nothing")}</Alert>}
          <Textarea
            label={t("publish.note")}
            placeholder={t("publish.notePlaceholder")}
            data-autofocus
            autosize
            minRows={2}
            maxLength={1000}
            value={note}
            onChange={({ currentTarget }) => {
              setNote(currentTarget.value);
            }}
          />
          <Group justify="flex-end">
            {problems.length > 0 && (
              <Button
                variant="default"
                onClick={() => {
                  store.getState().show({ panel: "problems" });
                  onClose();
                }}
              >
                {t("publish.showProblems")}
              </Button>
            )}
            <Button type="submit" loading={publish.isPending} disabled={errors > 0 || !isSaved}>
              {t("publish.action")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
