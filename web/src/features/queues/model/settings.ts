import type { Settings } from "../api/queues";

type Named = Record<string, unknown>;

/** Return a setting by its dotted name. */
export function readSetting(settings: Settings, name: string): unknown {
  const [head = "", tail] = name.split(".");
  const value = (settings as Named)[head];
  return tail === undefined ? value : (value as Named)[tail];
}

/** Return the settings with one of them changed. */
export function writeSetting(settings: Settings, name: string, value: unknown): Settings {
  const [head = "", tail] = name.split(".");
  if (tail === undefined) return { ...settings, [head]: value };
  return { ...settings, [head]: { ...((settings as Named)[head] as Named), [tail]: value } };
}

/** Skills and their levels as tags: "english 5". */
export function skillsToTags(skills: Record<string, number>): string[] {
  return Object.entries(skills).map(([skill, level]) => `${skill} ${level}`);
}

/** Read tags back; a tag without a level means level 1, levels end at 10. */
export function tagsToSkills(tags: readonly string[]): Record<string, number> {
  const entries = tags.map((tag): [string, number] => {
    const [, name = "", level] = /^(.*?)(?:\s+(\d+))?$/.exec(tag.trim()) ?? [];
    return [name, Math.min(10, Math.max(1, Number(level ?? 1)))];
  });
  return Object.fromEntries(entries.filter(([name]) => name !== ""));
}

type PromptPart = Record<string, unknown>;
export type Prompts = Record<string, PromptPart[]>;

/** Return the words of a prompt in a language; null when it is not plain words alone (files, tones). */
export function promptText(prompts: Prompts, language: string): string | null {
  const parts = prompts[language] ?? [];
  const texts = parts.map(({ text }) => text);
  return texts.every((text) => typeof text === "string") ? texts.join(" ") : null;
}

/** Return the prompts with other words in a language. */
export function writePromptText(prompts: Prompts, language: string, text: string): Prompts {
  const others = Object.fromEntries(Object.entries(prompts).filter(([other]) => other !== language));
  return text === "" ? others : { ...others, [language]: [{ text }] };
}

/** Read shifts as people write them: "08:00-12:00, 13:30-21:00". null when one cannot be read. */
export function parseShifts(text: string): string[] | null {
  const shifts = text
    .split(",")
    .map((shift) => shift.replace(/\s/g, "").replace("–", "-"))
    .filter(Boolean);
  return shifts.every((shift) => /^([01]?\d|2[0-4]):[0-5]\d-([01]?\d|2[0-4]):[0-5]\d$/.test(shift)) ? shifts : null;
}
