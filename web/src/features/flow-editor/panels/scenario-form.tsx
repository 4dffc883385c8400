import { Collapse, Select, Stack, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useStores } from "@/shared/api/refs";

import classes from "../inspector/inspector.module.css";
import { SCENARIO_CHOICES, type ScenarioChoice } from "../model/scenario";
import { useEditor, useEditorState } from "../state/editor-context";

/** Who calls in a tried-out call, when, and what is known about them. */
export function ScenarioForm() {
  const { t } = useTranslation("flows");
  const { store } = useEditor();
  const scenario = useEditorState((state) => state.scenario);
  const stores = useStores();
  const [opened, { toggle }] = useDisclosure(false);
  const { setScenario } = store.getState();
  const choice = (name: ScenarioChoice) => (
    <Select
      label={t(`simulator.choice.${name}`)}
      allowDeselect={false}
      data={SCENARIO_CHOICES[name].map((value) => ({ value, label: t(`simulator.outcome.${value}`) }))}
      value={scenario[name]}
      onChange={(value) => {
        if (value !== null) setScenario({ [name]: value });
      }}
    />
  );
  return (
    <div>
      <UnstyledButton className={classes.more ?? ""} aria-expanded={opened} onClick={toggle}>
        <ChevronDown size={16} aria-hidden="true" data-opened={opened || undefined} />
        {t("simulator.scenario")}
      </UnstyledButton>
      <Collapse expanded={opened}>
        <Stack gap="sm" pt="sm">
          <TextInput
            label={t("simulator.caller")}
            inputMode="tel"
            value={scenario.caller}
            onChange={({ currentTarget }) => {
              setScenario({ caller: currentTarget.value });
            }}
          />
          <TextInput
            type="datetime-local"
            label={t("simulator.at")}
            value={scenario.at}
            onChange={({ currentTarget }) => {
              setScenario({ at: currentTarget.value });
            }}
          />
          {choice("customer")}
          {scenario.customer === "found" && (
            <TextInput
              label={t("simulator.customerName")}
              value={scenario.customerName}
              onChange={({ currentTarget }) => {
                setScenario({ customerName: currentTarget.value });
              }}
            />
          )}
          {choice("store")}
          {scenario.store === "found" && (
            <Select
              label={t("simulator.storeCode")}
              searchable
              data={(stores.data ?? []).map(({ code, name }) => ({ value: code, label: name }))}
              value={scenario.storeCode === "" ? null : scenario.storeCode}
              onChange={(storeCode) => {
                setScenario({ storeCode: storeCode ?? "" });
              }}
            />
          )}
          {choice("hours")}
        </Stack>
      </Collapse>
    </div>
  );
}
