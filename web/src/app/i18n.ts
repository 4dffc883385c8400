import i18next, { type i18n as I18n } from "i18next";
import { initReactI18next } from "react-i18next";

import { preferredLanguage, rememberLanguage, type Language } from "@/shared/i18n/language";

/** A language's texts are fetched when it is first spoken. */
const TEXTS: Record<Language, () => Promise<{ texts: object }>> = {
  vi: () => import("./texts/all-vi"),
  en: () => import("./texts/all-en"),
};

async function load(instance: I18n, language: Language): Promise<void> {
  if (instance.hasResourceBundle(language, "shell")) return;
  const { texts } = await TEXTS[language]();
  for (const [namespace, bundle] of Object.entries(texts)) instance.addResourceBundle(language, namespace, bundle);
}

/** Return the translations, ready to use. React escapes what is filled into texts. */
export async function createI18n(language: Language = preferredLanguage()): Promise<I18n> {
  const instance = i18next.createInstance();
  await instance.use(initReactI18next).init({
    resources: {},
    lng: language,
    fallbackLng: false,
    defaultNS: "shell",
    interpolation: { escapeValue: false },
  });
  await load(instance, language);
  document.documentElement.lang = language;
  return instance;
}

/** Speak another language from now on, and on the next visit. */
export async function switchLanguage(instance: I18n, language: Language): Promise<void> {
  rememberLanguage(language);
  await load(instance, language);
  document.documentElement.lang = language;
  await instance.changeLanguage(language);
}
