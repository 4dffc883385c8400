import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { useLanguage } from "@/shared/i18n/use-language";
import { ProblemNotice } from "@/shared/ui/problem-notice";

import { addFlow, FLOWS, importFlow, useTemplates } from "../api/flows";
import { emptyDocument, type FlowDocument } from "../model/document";
import { slug } from "../model/ids";
import { freeId } from "./free-id";
import { TemplateCard } from "./template-card";
import classes from "./new-flow.module.css";

interface NewFlowDialogProps {
  taken: readonly string[];
  onClose: () => void;
  onAdded: (id: string) => void;
}

const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Names a new flow and chooses what it begins with. */
export function NewFlowDialog({ taken, onClose, onAdded }: NewFlowDialogProps) {
  const { t } = useTranslation("flows");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const templates = useTemplates();
  const [name, setName] = useState("");
  const [ownId, setOwnId] = useState<string | null>(null);
  const [template, setTemplate] = useState<FlowDocument | null>(null);
  const id = ownId ?? freeId(slug(name) || "flow", taken);
  const wrongId = !ID.test(id) ? t("create.badId") : taken.includes(id) ? t("create.taken") : null;
  const create = useChange(
    () => {
      const fresh = { id, name: name.trim() };
      return template === null ? addFlow(fresh) : importFlow({ document: { ...template, ...fresh, version: 1 } });
    },
    { touches: [FLOWS], done: null, inForm: true },
  );
  const blank = emptyDocument("blank", "", t("create.start"));
  return (
    <Modal
      opened
      size="xl"
      onClose={onClose}
      title={t("create.title")}
      closeButtonProps={{ "aria-label": shared("close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(undefined, {
            onSuccess: (flow) => {
              onAdded(flow.id);
            },
          });
        }}
      >
        <Stack>
          {create.isError && <ProblemNotice error={create.error} />}
          <Group align="flex-start" grow>
            <TextInput
              label={t("create.name")}
              data-autofocus
              withAsterisk
              maxLength={200}
              value={name}
              onChange={({ currentTarget }) => {
                setName(currentTarget.value);
              }}
            />
            <TextInput
              label={t("create.id")}
              description={t("create.idHint")}
              inputWrapperOrder={["label", "input", "description", "error"]}
              error={name !== "" && wrongId}
              value={id}
              onChange={({ currentTarget }) => {
                setOwnId(currentTarget.value);
              }}
            />
          </Group>
          <fieldset className={classes.gallery}>
            <Text component="legend" size="sm" fw={500}>
              {t("create.template")}
            </Text>
            <TemplateCard
              name={t("create.blank")}
              description={t("create.blankText")}
              document={blank}
              isChosen={template === null}
              onChoose={() => {
                setTemplate(null);
              }}
            />
            {templates.data?.map((one) => (
              <TemplateCard
                key={one.id}
                name={one.name[language]}
                description={one.description[language]}
                document={one.document}
                isChosen={template === one.document}
                onChoose={() => {
                  setTemplate(one.document);
                  if (name === "") setName(one.name[language]);
                }}
              />
            ))}
          </fieldset>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shared("cancel")}
            </Button>
            <Button type="submit" loading={create.isPending} disabled={name.trim() === "" || wrongId !== null}>
              {t("create.action")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
