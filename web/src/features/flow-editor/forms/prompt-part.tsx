import { Group, Select, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { promptKind, type Prompt } from "../model/prompts";
import { CompletedText } from "./expression-field";
import classes from "./fields.module.css";
import { LineButtons } from "./list-field";
import { useChoiceText } from "./simple-fields";

const TONES = ["beep", "ringback", "busy", "silence"];
const SAY_AS = ["text", "number", "digits", "money", "date", "time"];

interface PromptPartProps {
  prompt: Prompt;
  index: number;
  count: number;
  onChange: (prompt: Prompt) => void;
  onMove: (to: number) => void;
  onRemove: () => void;
}

/** One part of a prompt by its kind. */
export function PromptPart({ prompt, index, count, onChange, onMove, onRemove }: PromptPartProps) {
  const { t } = useTranslation("flows");
  const kind = promptKind(prompt);
  return (
    <div className={classes.part} role="group" aria-label={t("prompts.part", { number: index + 1 })}>
      <Group justify="space-between" wrap="nowrap" gap={4}>
        <Text size="xs" c="dimmed">
          {t(`prompts.${kind}`)}
        </Text>
        <LineButtons index={index} count={count} onMove={onMove} onRemove={onRemove} />
      </Group>
      <PartInput prompt={prompt} onChange={onChange} />
    </div>
  );
}

function PartInput({ prompt, onChange }: Pick<PromptPartProps, "prompt" | "onChange">) {
  const { t } = useTranslation("flows");
  const choiceText = useChoiceText();
  const text = (name: string) => (typeof prompt[name] === "string" ? prompt[name] : "");
  const choices = (values: string[]) => values.map((value) => ({ value, label: choiceText(value) }));
  switch (promptKind(prompt)) {
    case "text":
      return (
        <CompletedText
          isTemplate
          aria-label={t("prompts.text")}
          placeholder={t("prompts.textPlaceholder")}
          value={text("text")}
          onChange={(next) => {
            onChange({ ...prompt, text: next });
          }}
        />
      );
    case "file":
      return (
        <TextInput
          aria-label={t("prompts.file")}
          placeholder="greeting.wav"
          value={text("file")}
          onChange={({ currentTarget }) => {
            onChange({ ...prompt, file: currentTarget.value });
          }}
        />
      );
    case "tone":
      return (
        <Select
          aria-label={t("prompts.tone")}
          allowDeselect={false}
          data={choices(TONES)}
          value={text("tone")}
          onChange={(tone) => {
            onChange({ ...prompt, tone: tone ?? "beep" });
          }}
        />
      );
    case "say":
      return (
        <Group gap={6} wrap="nowrap" align="flex-start">
          <div style={{ flex: 1 }}>
            <CompletedText
              isTemplate={false}
              aria-label={t("prompts.say")}
              value={text("say")}
              onChange={(say) => {
                onChange({ ...prompt, say });
              }}
            />
          </div>
          <Select
            w="9.5rem"
            aria-label={t("prompts.as")}
            allowDeselect={false}
            data={choices(SAY_AS)}
            value={text("as") || "text"}
            onChange={(as) => {
              onChange({ ...prompt, as: as ?? "text" });
            }}
          />
        </Group>
      );
  }
}
