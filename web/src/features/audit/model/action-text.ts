import { en } from "../texts/en";

export type ActionText = keyof typeof en.actions;

/** Return the key of the sentence for an action of the log; null for one this version does not know. */
export function actionText(action: string): ActionText | null {
  const key = action.replaceAll(".", "_");
  return Object.hasOwn(en.actions, key) ? (key as ActionText) : null;
}
