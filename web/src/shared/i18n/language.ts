export const LANGUAGES = ["vi", "en"] as const;

export type Language = (typeof LANGUAGES)[number];

const STORAGE_KEY = "callcenter.language";

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

/** Return what was chosen here before, else the first of the browser's languages that we speak, else Vietnamese. */
export function preferredLanguage(): Language {
  const remembered = readRemembered();
  if (isLanguage(remembered)) return remembered;
  return navigator.languages.map((tag) => tag.split("-")[0]).find(isLanguage) ?? "vi";
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}

function readRemembered(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
