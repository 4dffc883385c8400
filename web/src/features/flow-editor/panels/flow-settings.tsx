import { MultiSelect, Select, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { LANGUAGES } from "@/shared/i18n/language";

import { useChoiceText } from "../forms/simple-fields";
import panelClasses from "../inspector/inspector.module.css";
import { SidePanel } from "../inspector/side-panel";
import type { FlowSettings } from "../model/document";
import { useEditor, useEditorState } from "../state/editor-context";
import { Variables } from "./variables-field";

/** What holds for the whole flow. */
export function FlowSettingsPanel() {
  const { t } = useTranslation("flows");
  const choiceText = useChoiceText();
  const { store } = useEditor();
  const flow = useEditorState((state) => state.document);
  const readOnly = useEditorState((state) => state.readOnly);
  const set = (settings: Partial<FlowSettings>) => {
    store.getState().perform({ type: "change-settings", request: { settings } }, Object.keys(settings).join());
  };
  const languages = [...new Set([...LANGUAGES, ...flow.languages])].map((value) => ({
    value,
    label: choiceText(value),
  }));
  return (
    <SidePanel label={t("settings.title")} title={t("settings.title")}>
      <fieldset disabled={readOnly} className={panelClasses.fields}>
        <TextInput
          label={t("settings.name")}
          value={flow.name}
          maxLength={200}
          onChange={({ currentTarget }) => {
            set({ name: currentTarget.value });
          }}
        />
        <Textarea
          label={t("settings.description")}
          autosize
          minRows={2}
          maxLength={4000}
          value={flow.description}
          onChange={({ currentTarget }) => {
            set({ description: currentTarget.value });
          }}
        />
        <Select
          label={t("settings.kind")}
          allowDeselect={false}
          data={(["call", "sub_flow"] as const).map((value) => ({ value, label: t(`settings.${value}`) }))}
          value={flow.kind}
          onChange={(kind) => {
            set({ kind: kind === "sub_flow" ? "sub_flow" : "call" });
          }}
        />
        <MultiSelect
          label={t("settings.languages")}
          data={languages}
          value={flow.languages}
          onChange={(chosen) => {
            const [first] = chosen;
            if (first === undefined) return;
            set({
              languages: chosen,
              default_language: chosen.includes(flow.default_language) ? flow.default_language : first,
            });
          }}
        />
        <Select
          label={t("settings.defaultLanguage")}
          allowDeselect={false}
          data={languages.filter(({ value }) => flow.languages.includes(value))}
          value={flow.default_language}
          onChange={(language) => {
            if (language !== null) set({ default_language: language });
          }}
        />
        <TextInput
          label={t("settings.timezone")}
          value={flow.timezone}
          onChange={({ currentTarget }) => {
            set({ timezone: currentTarget.value });
          }}
        />
        <Variables
          values={flow.variables}
          onChange={(variables) => {
            set({ variables });
          }}
        />
      </fieldset>
    </SidePanel>
  );
}
