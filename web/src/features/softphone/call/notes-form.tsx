import { Button, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useDispositions } from "@/shared/api/refs";
import { useProblemText } from "@/shared/api/use-problem-text";
import { showToast } from "@/shared/toast/toasts";

import { useSaveWrapUp } from "../api/wrap-up";
import { markSaved } from "../model/drafts";
import { dispositionsFor, wrapUpOf } from "../model/wrap-up";
import { useDraft } from "../state/use-draft";
import { useLanguage } from "@/shared/i18n/use-language";

interface NotesFormProps {
  callId: string;
  queueId: string | null;
  /** Named when the queue wants an outcome. */
  requiredBy: string | null;
  /** Save by a button here; wrap-up has its own. */
  ownButton: boolean;
}

/** Note and outcome of a call. What is typed is kept in this browser at once, and at the server when saved. */
export function NotesForm({ callId, queueId, requiredBy, ownButton }: NotesFormProps) {
  const { t } = useTranslation("softphone");
  const language = useLanguage();
  const problemText = useProblemText();
  const [draft, change] = useDraft(callId);
  const dispositions = useDispositions();
  const options = dispositionsFor(dispositions.data ?? [], queueId, language);
  const save = useSaveWrapUp(callId);
  return (
    <Stack gap="xs">
      <Select
        label={t("notes.disposition")}
        placeholder={t("notes.dispositionPlaceholder")}
        description={requiredBy === null ? undefined : t("notes.required", { queue: requiredBy })}
        withAsterisk={requiredBy !== null}
        data={options}
        value={draft.disposition || null}
        onChange={(disposition) => {
          change({ disposition: disposition ?? "" });
        }}
        clearable
        searchable={options.length > 7}
        nothingFoundMessage={t("notes.none")}
      />
      <Textarea
        label={t("notes.note")}
        placeholder={t("notes.notePlaceholder")}
        data-shortcut-target="notes"
        autosize
        minRows={3}
        maxRows={8}
        value={draft.note}
        onChange={({ currentTarget }) => {
          change({ note: currentTarget.value });
        }}
      />
      {ownButton && (
        <Group justify="space-between">
          <Text size="xs" c="dimmed" role="status">
            {draft.at > 0 && (draft.saved ? t("notes.saved") : t("notes.unsaved"))}
          </Text>
          <Button
            size="xs"
            variant="default"
            disabled={draft.saved}
            loading={save.isPending}
            onClick={() => {
              save.mutate(wrapUpOf(draft), {
                onSuccess: () => {
                  markSaved(callId);
                },
                onError: (error) => {
                  showToast("bad", problemText(error));
                },
              });
            }}
          >
            {t("notes.save")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
