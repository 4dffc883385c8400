import { Handle, Position, useUpdateNodeInternals, type NodeProps } from "@xyflow/react";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { memo, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";

import { useLanguage } from "@/shared/i18n/use-language";

import { nodeName } from "../model/document";
import { canBeEntered, ENTRANCE, portsOf, type Port } from "../model/ports";
import { summaryOf } from "../model/summary";
import { useEditor, useEditorState } from "../state/editor-context";
import { NodeIcon } from "./node-icon";
import { toneOf } from "./node-look";
import type { CanvasNode } from "./project";
import classes from "./step-node.module.css";

const NO_PORTS: ReadonlySet<string> = new Set();

/** A node: what it is, what it says, and one exit per outcome. */
export const StepNode = memo(function StepNode({ id, data: { node }, selected }: NodeProps<CanvasNode>) {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const { types } = useEditor();
  const type = types.get(node.type);
  const wired = useEditorState(useShallow((state) => state.wiring.get(id) ?? NO_PORTS));
  const known = useEditorState((state) => state.knownPorts[id]);
  const change = useEditorState((state) => state.comparison?.marks.get(id));
  const trace = useEditorState((state) =>
    state.run?.waiting?.node_id === id ? "here" : state.visited.has(id) ? "visited" : undefined,
  );
  const ports = portsOf(node, type, known, wired);
  useFreshHandles(id, ports);
  const typeLabel = type?.label[language] ?? t("node.unknown", { type: node.type });
  const name = nodeName(node) || typeLabel;
  const summary = type === undefined ? "" : summaryOf(node, type.schema);
  return (
    <div
      className={classes.node}
      data-testid={`node-${id}`}
      data-tone={toneOf(type?.category)}
      data-selected={selected || undefined}
      data-change={change}
      data-trace={trace}
    >
      {canBeEntered(node.type, types) && (
        <Handle
          type="target"
          position={Position.Left}
          id={ENTRANCE}
          className={classes.entrance ?? ""}
          aria-label={t("node.entrance", { name })}
        />
      )}
      <div className={classes.head}>
        <span className={classes.icon}>
          <NodeIcon name={type?.icon} size={17} strokeWidth={2} />
        </span>
        <span className={classes.names}>
          <span className={classes.name}>{name}</span>
          <span className={classes.type}>{typeLabel}</span>
        </span>
        <Marks id={id} />
      </div>
      {summary !== "" && <p className={classes.summary}>{summary}</p>}
      {ports.length > 0 && (
        <ul className={classes.ports}>
          {ports.map((port) => (
            <PortRow key={port.id} port={port} name={name} isWired={wired.has(port.id)} />
          ))}
        </ul>
      )}
      {change !== undefined && <span className={classes.change}>{t(`node.${change}`)}</span>}
    </div>
  );
});

/** Have React Flow look again where the exits are when they are others than before. */
function useFreshHandles(id: string, ports: readonly Port[]) {
  const update = useUpdateNodeInternals();
  const names = ports.map((port) => port.id).join(" ");
  const measured = useRef(names);
  useEffect(() => {
    if (measured.current === names) return;
    measured.current = names;
    update(id);
  }, [id, names, update]);
}

interface PortRowProps {
  port: Port;
  name: string;
  isWired: boolean;
}

function PortRow({ port, name, isWired }: PortRowProps) {
  const { t } = useTranslation("flows");
  const label = port.label[useLanguage()];
  const isKey = /^[0-9*#]{1,8}$/.test(port.id);
  return (
    <li className={classes.port} data-open={(port.required && !isWired) || undefined}>
      {isKey && <kbd className={classes.key}>{port.id}</kbd>}
      <span className={classes.label}>{isKey && label === port.id ? "" : label}</span>
      <Handle
        type="source"
        position={Position.Right}
        id={port.id}
        className={classes.exit ?? ""}
        aria-label={t("node.exit", { port: label, name })}
      />
    </li>
  );
}

function Marks({ id }: { id: string }) {
  const { t } = useTranslation("flows");
  const problems = useEditorState((state) => (state.comparison ? undefined : state.problemsByNode.get(id)));
  if (problems === undefined || problems.length === 0) return null;
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const text = errors > 0 ? t("node.errors", { count: errors }) : t("node.warnings", { count: problems.length });
  const Icon = errors > 0 ? CircleAlert : TriangleAlert;
  return (
    <span className={classes.mark} data-severity={errors > 0 ? "error" : "warning"} title={text}>
      <Icon size={16} role="img" aria-label={text} />
    </span>
  );
}
