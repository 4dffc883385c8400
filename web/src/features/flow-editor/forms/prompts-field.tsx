import { Button, Group, Input, Menu, SegmentedControl, Stack, Text } from "@mantine/core";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { newPrompt, PROMPT_KINDS, promptSeconds, type Prompts } from "../model/prompts";
import classes from "./fields.module.css";
import { useForm, type FieldProps } from "./form-context";
import { moved } from "./list-field";
import { PromptPart } from "./prompt-part";
import { useChoiceText } from "./simple-fields";

/** What callers hear, in each language of the flow: texts, files, tones and values, in their order. */
export function PromptsField({ label, help, error, value = {}, onChange }: FieldProps<Prompts>) {
  const { t } = useTranslation("flows");
  const { languages } = useForm();
  const languageText = useChoiceText();
  const all = [...new Set([...languages, ...Object.keys(value)])];
  const [shown, setShown] = useState(all[0] ?? "vi");
  const parts = value[shown] ?? [];
  const said = all.filter((language) => (value[language] ?? []).length > 0);
  const [source] = said.filter((language) => language !== shown);
  const set = (next: typeof parts) => {
    onChange({ ...value, [shown]: next });
  };
  return (
    <Input.Wrapper label={label} description={help} error={error} role="group" labelElement="div">
      <div className={classes.prompts}>
        {all.length > 1 && (
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label={label}
            value={shown}
            onChange={setShown}
            data={all.map((language) => ({
              value: language,
              label: (
                <span className={classes.language}>
                  {languageText(language)}
                  {said.length > 0 && !said.includes(language) && (
                    <span
                      className={classes.missing}
                      role="img"
                      aria-label={t("prompts.missing", { language: languageText(language) })}
                    />
                  )}
                </span>
              ),
            }))}
          />
        )}
        <Stack gap={6}>
          {parts.map((prompt, index) => (
            <PromptPart
              key={index}
              prompt={prompt}
              index={index}
              count={parts.length}
              onChange={(next) => {
                set(parts.map((old, at) => (at === index ? next : old)));
              }}
              onMove={(to) => {
                set(moved(parts, index, to));
              }}
              onRemove={() => {
                set(parts.filter((_part, at) => at !== index));
              }}
            />
          ))}
        </Stack>
        <Group justify="space-between" gap="xs">
          <Group gap={6}>
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<Plus size={14} aria-hidden="true" />}
              onClick={() => {
                set([...parts, newPrompt("text")]);
              }}
            >
              {t("prompts.text")}
            </Button>
            <Menu position="bottom-start" withinPortal>
              <Menu.Target>
                <Button variant="subtle" size="compact-sm">
                  {t("prompts.add")}…
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {PROMPT_KINDS.slice(1).map((kind) => (
                  <Menu.Item
                    key={kind}
                    onClick={() => {
                      set([...parts, newPrompt(kind)]);
                    }}
                  >
                    {t(`prompts.${kind}`)}
                  </Menu.Item>
                ))}
                {source !== undefined && parts.length === 0 && (
                  <Menu.Item
                    onClick={() => {
                      set(structuredClone(value[source] ?? []));
                    }}
                  >
                    {t("prompts.copyFrom", { language: languageText(source) })}
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          </Group>
          <Text size="xs" c="dimmed">
            {parts.length === 0 ? t("prompts.empty") : t("prompts.length", { seconds: promptSeconds(parts) })}
          </Text>
        </Group>
      </div>
    </Input.Wrapper>
  );
}
