import i18next, { type i18n as I18n } from "i18next";
import { initReactI18next } from "react-i18next";

import { en as statusEn } from "@/features/status/texts/en";
import { vi as statusVi } from "@/features/status/texts/vi";
import { preferredLanguage, rememberLanguage, type Language } from "@/shared/i18n/language";

import { en as shellEn } from "./texts/en";
import { vi as shellVi } from "./texts/vi";

const resources = {
  en: { shell: shellEn, status: statusEn },
  vi: { shell: shellVi, status: statusVi },
} satisfies Record<Language, object>;

/** Return the translations, ready to use. React escapes what is filled into texts. */
export function createI18n(language: Language = preferredLanguage()): I18n {
  const instance = i18next.createInstance();
  void instance.use(initReactI18next).init({
    resources,
    lng: language,
    fallbackLng: "en",
    defaultNS: "shell",
    initAsync: false,
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = language;
  return instance;
}

/** Speak another language from now on, and on the next visit. */
export function switchLanguage(instance: I18n, language: Language): void {
  rememberLanguage(language);
  document.documentElement.lang = language;
  void instance.changeLanguage(language);
}
