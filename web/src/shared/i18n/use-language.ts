import { useTranslation } from "react-i18next";

import { isLanguage, type Language } from "@/shared/i18n/language";

/** Return the language the page is in, to format numbers and times alike. */
export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return isLanguage(i18n.language) ? i18n.language : "vi";
}
