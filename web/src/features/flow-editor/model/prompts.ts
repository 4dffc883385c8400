import type { Json } from "./document";

/** One part of what is heard. */
export type Prompt = Record<string, Json>;
export type Prompts = Record<string, Prompt[]>;

export const PROMPT_KINDS = ["text", "file", "tone", "say"] as const;
export type PromptKind = (typeof PROMPT_KINDS)[number];

export function promptKind(prompt: Prompt): PromptKind {
  return PROMPT_KINDS.find((kind) => kind in prompt) ?? "text";
}

export function newPrompt(kind: PromptKind): Prompt {
  const first: Record<PromptKind, Prompt> = {
    text: { text: "" },
    file: { file: "" },
    tone: { tone: "beep" },
    say: { say: "", as: "text" },
  };
  return first[kind];
}

/** Seconds of a character spoken, as the server estimates. */
const SECONDS_PER_CHARACTER = 0.075;

/** Return about how long prompts take to hear, seconds. */
export function promptSeconds(prompts: readonly Prompt[]): number {
  const seconds: Record<PromptKind, (prompt: Prompt) => number> = {
    text: ({ text }) => (typeof text === "string" ? text.length * SECONDS_PER_CHARACTER : 0),
    file: () => 8,
    tone: () => 1,
    say: () => 4,
  };
  return Math.round(prompts.reduce((sum, prompt) => sum + seconds[promptKind(prompt)](prompt), 0));
}
