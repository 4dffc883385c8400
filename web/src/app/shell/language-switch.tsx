import { SegmentedControl, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { isLanguage, LANGUAGES } from "@/shared/i18n/language";
import { useLanguage } from "@/shared/i18n/use-language";

import { switchLanguage } from "../i18n";

/** Vietnamese or English, by mouse or arrow keys; the choice is remembered in this browser. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      radius="md"
      aria-label={t("language.label")}
      value={useLanguage()}
      onChange={(value) => {
        if (isLanguage(value)) void switchLanguage(i18n, value);
      }}
      data={LANGUAGES.map((language) => ({
        value: language,
        label: (
          <>
            <span aria-hidden="true">{language.toUpperCase()}</span>
            <VisuallyHidden lang={language}>{t(`language.${language}`)}</VisuallyHidden>
          </>
        ),
      }))}
    />
  );
}
