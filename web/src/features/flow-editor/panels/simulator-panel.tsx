import { Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { Play, RotateCcw, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { showToast } from "@/shared/toast/toasts";

import type { SimulationRun } from "../api/views";
import { SidePanel } from "../inspector/side-panel";
import { useEditor, useEditorState } from "../state/editor-context";
import { useSimulator } from "../state/use-simulator";
import { CallerMoves } from "./caller-moves";
import { ScenarioForm } from "./scenario-form";
import { StepList } from "./step-list";

/** Tries the flow out as a caller; the way the call takes lights up on the graph. */
export function SimulatorPanel() {
  const { t } = useTranslation("flows");
  const simulator = useSimulator();
  const run = useEditorState((state) => state.run);
  const hasInputs = useEditorState((state) => state.inputs.length > 0);
  return (
    <SidePanel
      label={t("simulator.title")}
      title={t("simulator.title")}
      footer={run?.waiting != null && <CallerMoves waiting={run.waiting} simulator={simulator} />}
    >
      <ScenarioForm />
      <Group gap="xs">
        <Button
          size="sm"
          loading={simulator.isPending}
          leftSection={
            run === null ? <Play size={15} aria-hidden="true" /> : <RotateCcw size={15} aria-hidden="true" />
          }
          onClick={simulator.start}
        >
          {run === null ? t("simulator.start") : t("simulator.again")}
        </Button>
        {hasInputs && (
          <Button
            size="sm"
            variant="default"
            leftSection={<Undo2 size={15} aria-hidden="true" />}
            onClick={simulator.back}
          >
            {t("simulator.back")}
          </Button>
        )}
      </Group>
      {run === null ? (
        <Text size="sm" c="dimmed">
          {t("simulator.empty")}
        </Text>
      ) : (
        <>
          <StepList run={run} />
          {run.ended !== null && <SaveTest run={run} />}
          <Variables run={run} />
        </>
      )}
    </SidePanel>
  );
}

/** Keeps the call as a test: the same inputs must always lead the same way. */
function SaveTest({ run }: { run: SimulationRun }) {
  const { t } = useTranslation("flows");
  const { store } = useEditor();
  const readOnly = useEditorState((state) => state.readOnly);
  const [name, setName] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const { document, perform } = store.getState();
        const tests = [...(document.tests ?? []), { ...run.test, name: name.trim() }];
        perform({ type: "change-settings", request: { settings: { tests } } });
        setName("");
        showToast("good", t("simulator.testSaved"));
      }}
    >
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          flex={1}
          label={t("simulator.testName")}
          maxLength={200}
          disabled={readOnly}
          value={name}
          onChange={({ currentTarget }) => {
            setName(currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" disabled={readOnly || name.trim() === ""}>
          {t("simulator.saveTest")}
        </Button>
      </Group>
    </form>
  );
}

function Variables({ run }: { run: SimulationRun }) {
  const { t } = useTranslation("flows");
  const variables = Object.entries(run.variables);
  return (
    <Stack gap={4} component="section" aria-label={t("simulator.variables")}>
      <Text size="sm" fw={600}>
        {t("simulator.variables")}
      </Text>
      {variables.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("simulator.noVariables")}
        </Text>
      )}
      <Table fz="xs" layout="fixed">
        <Table.Tbody>
          {variables.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Td>
                <code>{name}</code>
              </Table.Td>
              <Table.Td>{typeof value === "string" ? value : JSON.stringify(value)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
