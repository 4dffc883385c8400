import { createContext, useContext } from "react";

import { useLanguage } from "@/shared/i18n/use-language";

import type { FlowProblem } from "../api/views";
import type { Field, Schema } from "../model/schema";

interface Form {
  /** The document that references in schemas point into. */
  root: Schema;
  /** The languages callers of this flow hear. */
  languages: readonly string[];
  /** Variables that may be used here. */
  variables: readonly string[];
  problems: readonly FlowProblem[];
}

export const FormContext = createContext<Form>({ root: {}, languages: [], variables: [], problems: [] });

export function useForm(): Form {
  return useContext(FormContext);
}

/** What every kind of field is given. */
export interface FieldProps<T> {
  field: Field;
  /** Where the value stands in the node's settings, e.g. `options[0].keys`. */
  path: string;
  label: string;
  help?: string | undefined;
  /** What is wrong with it. */
  error?: string | undefined;
  /** undefined: not written, the usual value holds. */
  value: T | undefined;
  /** undefined takes the setting away. */
  onChange: (value: T | undefined) => void;
}

/** Return how a field is called and explained, and what is wrong with it, in the reader's language. */
export function useFieldTexts(field: Field, path: string) {
  const language = useLanguage();
  const { problems } = useForm();
  const wholeField = field.kind === "prompts" || field.kind === "hours" || field.kind === "json";
  const mine = problems.filter(
    ({ field: at }) =>
      at === path || (wholeField && at !== null && (at.startsWith(`${path}.`) || at.startsWith(`${path}[`))),
  );
  const help = field.schema.help?.[language];
  return {
    label: field.schema.label?.[language] ?? field.schema.title ?? field.name,
    help: help === "" ? undefined : help,
    error: mine.length === 0 ? undefined : mine.map(({ message }) => message[language]).join(" "),
  };
}
