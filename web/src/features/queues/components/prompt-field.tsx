import { Input, Stack, Text, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { LANGUAGES } from "@/shared/i18n/language";

import { promptText, writePromptText, type Prompts } from "../model/settings";

interface PromptFieldProps {
  label: string;
  description: string | undefined;
  value: Prompts;
  onChange: (prompts: Prompts) => void;
}

/** Words spoken to callers, in each language. What was made of audio files stays as it is. */
export function PromptField({ label, description, value, onChange }: PromptFieldProps) {
  const { t } = useTranslation("queues");
  return (
    <Input.Wrapper label={label} description={description} role="group" labelElement="div">
      <Stack gap={6} mt={4}>
        {LANGUAGES.map((language) => {
          const text = promptText(value, language);
          if (text === null) {
            return (
              <Text key={language} size="sm" c="dimmed">
                {t(`prompt.${language}`)}: {t("prompt.files")}
              </Text>
            );
          }
          return (
            <Textarea
              key={language}
              autosize
              minRows={1}
              aria-label={`${label}, ${t(`prompt.${language}`)}`}
              placeholder={t(`prompt.${language}`)}
              value={text}
              onChange={({ currentTarget }) => {
                onChange(writePromptText(value, language, currentTarget.value));
              }}
            />
          );
        })}
      </Stack>
    </Input.Wrapper>
  );
}
