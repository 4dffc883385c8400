import type { FlowDocument, FlowSettings } from "../model/document";
import { omit } from "../model/omit";
import type { OperationKind } from "./operation";

/** Change what is set about the flow as a whole; null takes a setting away. */
export interface ChangeSettings {
  type: "change-settings";
  request: { settings: { [Name in keyof FlowSettings]?: FlowSettings[Name] | null } };
}

const NAMES = [
  "name",
  "description",
  "kind",
  "default_language",
  "languages",
  "timezone",
  "variables",
  "tests",
] as const satisfies (keyof FlowSettings)[];

export const changeSettings: OperationKind<ChangeSettings> = {
  apply: (document, { settings }) => {
    const gone = NAMES.filter((name) => settings[name] === null);
    return omit({ ...document, ...settings } as FlowDocument, ...gone) as FlowDocument;
  },
  invert: (document, { settings }) => {
    const before = NAMES.filter((name) => name in settings).map((name) => [name, document[name] ?? null]);
    return { type: "change-settings", request: { settings: Object.fromEntries(before) as typeof settings } };
  },
};
