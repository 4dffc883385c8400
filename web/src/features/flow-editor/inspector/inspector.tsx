import { Alert, Collapse, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronDown } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";

import { useLanguage } from "@/shared/i18n/use-language";

import { NodeIcon } from "../canvas/node-icon";
import { FieldList, type Settings } from "../forms/field-input";
import { FormContext } from "../forms/form-context";
import type { NodeType } from "../model/catalogue";
import { changingNode } from "../model/change-node";
import { nodeName, type FlowNode } from "../model/document";
import { fieldsOf, type Field } from "../model/schema";
import { variablesOf } from "../model/variables";
import { useEditor, useEditorState } from "../state/editor-context";
import { ExitList } from "./exit-list";
import classes from "./inspector.module.css";
import { SidePanel } from "./side-panel";

/** The settings of the selected node. */
export function Inspector() {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const { types } = useEditor();
  const selected = useEditorState(useShallow((state) => state.selectedNodes()));
  const node = useEditorState((state) =>
    selected.length === 1 ? state.document.nodes.find(({ id }) => id === selected[0]) : undefined,
  );
  const type = node && types.get(node.type);
  if (node === undefined || type === undefined) {
    return (
      <SidePanel label={t("inspector.title")} title={t("inspector.title")}>
        <Text size="sm" c="dimmed">
          {selected.length > 1 ? t("inspector.several", { count: selected.length }) : t("inspector.none")}
        </Text>
      </SidePanel>
    );
  }
  return (
    <SidePanel
      key={node.id}
      label={t("inspector.title")}
      title={
        <span className={classes.type}>
          <NodeIcon name={type.icon} size={17} />
          {type.label[language]}
        </span>
      }
    >
      <Text size="xs" c="dimmed">
        {type.help[language]}
      </Text>
      <NodeForm node={node} type={type} />
    </SidePanel>
  );
}

function NodeForm({ node, type }: { node: FlowNode; type: NodeType }) {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const { store, catalogue, types } = useEditor();
  const flow = useEditorState((state) => state.document);
  const readOnly = useEditorState((state) => state.readOnly);
  const problems = useEditorState((state) => state.problemsByNode.get(node.id));
  const variables = useMemo(() => variablesOf(flow, catalogue, types), [flow, catalogue, types]);
  const form = { root: type.schema, languages: flow.languages, variables, problems: problems ?? [] };
  const [main, more] = sorted(fieldsOf(type.schema, type.schema));
  const change = (data: Settings, name: string) => {
    const { document, perform } = store.getState();
    perform(changingNode(document, node.id, data, type), `${node.id}.${name}`);
  };
  return (
    <FormContext value={form}>
      {problems?.map(({ message, severity }, index) => (
        <Alert key={index} color={severity === "error" ? "red" : "yellow"} variant="light" p="xs">
          {message[language]}
        </Alert>
      ))}
      <fieldset disabled={readOnly} className={classes.fields}>
        <TextInput
          label={t("inspector.name")}
          maxLength={120}
          value={nodeName(node)}
          onChange={({ currentTarget }) => {
            change({ ...node.data, name: currentTarget.value }, "name");
          }}
        />
        <FieldList fields={main} path="" value={node.data} onChange={change} />
        {more.length > 0 && (
          <More>
            <FieldList fields={more} path="" value={node.data} onChange={change} />
          </More>
        )}
        <ExitList node={node} />
      </fieldset>
    </FormContext>
  );
}

/** What a node is about comes first; numbers and switches with usual values wait behind a line. */
function sorted(fields: readonly Field[]): [main: Field[], more: Field[]] {
  const all = fields.filter(({ name }) => name !== "name");
  const isDetail = ({ kind, required }: Field) => (kind === "number" || kind === "switch") && !required;
  if (all.length <= 4) return [all, []];
  return [all.filter((field) => !isDetail(field)), all.filter(isDetail)];
}

function More({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation("flows");
  const [opened, { toggle }] = useDisclosure(false);
  return (
    <div>
      <UnstyledButton className={classes.more ?? ""} aria-expanded={opened} onClick={toggle}>
        <ChevronDown size={16} aria-hidden="true" data-opened={opened || undefined} />
        {t("inspector.more")}
      </UnstyledButton>
      <Collapse expanded={opened}>
        <Stack gap="md" pt="sm">
          {children}
        </Stack>
      </Collapse>
    </div>
  );
}
