import { ActionIcon, Select, Stack, Text } from "@mantine/core";
import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";

import { connecting } from "../model/connect";
import { nodeName, type FlowNode } from "../model/document";
import { canBeEntered, portsOf } from "../model/ports";
import { useEditor, useEditorState } from "../state/editor-context";
import { useCommands } from "../state/use-commands";
import classes from "./inspector.module.css";

/** Every exit of a node with where it leads: connecting without a mouse. */
export function ExitList({ node }: { node: FlowNode }) {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const { store, types } = useEditor();
  const { reveal } = useCommands();
  const { nodes, edges } = useEditorState((state) => state.document);
  const known = useEditorState((state) => state.knownPorts[node.id]);
  const wired = useEditorState((state) => state.wiring.get(node.id));
  const ports = portsOf(node, types.get(node.type), known, wired);
  if (ports.length === 0) return null;
  const nameOf = (other: FlowNode) => nodeName(other) || (types.get(other.type)?.label[language] ?? other.id);
  const targets = nodes
    .filter(({ type }) => canBeEntered(type, types))
    .map((other) => ({ value: other.id, label: nameOf(other) }));
  const lead = (port: string, target: string | null) => {
    const { document, perform } = store.getState();
    const edge = document.edges.find(({ source, sourceHandle }) => source === node.id && sourceHandle === port);
    if (target !== null) perform(connecting(document, { source: node.id, sourceHandle: port, target }));
    else if (edge !== undefined) perform({ type: "remove", request: { edges: [edge.id] } });
  };
  return (
    <Stack gap={8} className={classes.exits ?? ""} component="section" aria-label={t("inspector.exits")}>
      <Text fw={600} size="sm">
        {t("inspector.exits")}
      </Text>
      {ports.map(({ id, label, required }) => {
        const target = edges.find(({ source, sourceHandle }) => source === node.id && sourceHandle === id)?.target;
        return (
          <div key={id} className={classes.exit} data-exit={id}>
            <span className={classes.port} title={label[language]}>
              {label[language]}
            </span>
            <Select
              size="xs"
              aria-label={label[language]}
              placeholder={t("inspector.nowhere")}
              error={required && target === undefined}
              withErrorStyles={required && target === undefined}
              searchable
              clearable
              data={targets}
              value={target ?? null}
              onChange={(chosen) => {
                lead(id, chosen);
              }}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              disabled={target === undefined}
              aria-label={t("inspector.goTo", { name: targets.find(({ value }) => value === target)?.label ?? "" })}
              onClick={() => {
                if (target !== undefined) reveal(target);
              }}
            >
              <ArrowRight size={16} aria-hidden="true" />
            </ActionIcon>
          </div>
        );
      })}
    </Stack>
  );
}
