import { codeLabel, useBreakReasons } from "@/shared/api/refs";
import { useLanguage } from "@/shared/i18n/use-language";

/** Return a function that says a break's reason in the reader's language. */
export function useReasonLabel(): (code: string | null) => string | null {
  const language = useLanguage();
  const reasons = useBreakReasons();
  return (code) => {
    const known = reasons.data?.find((reason) => reason.code === code);
    return known === undefined ? code : codeLabel(known, language);
  };
}
