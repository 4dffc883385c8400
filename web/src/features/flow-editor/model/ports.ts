import type { Label, NodeType, PortType } from "./catalogue";
import type { FlowDocument, FlowNode, Json } from "./document";

/** An exit as a node shows it. */
export interface Port {
  id: string;
  label: Label;
  required: boolean;
  /** Made by one of the node's own settings, such as a key of a menu. */
  own: boolean;
}

/** The edges' end: every node is entered the same way. */
export const ENTRANCE = "in";

/**
 * Return the exits of a node: those its settings make, then those of its type.
 *
 * @param known the exits the server found in this node, when it was asked: settings may hide exits of the type.
 * @param wired the exits that edges leave by; they are shown even when hidden, so that the edge can be taken away.
 */
export function portsOf(
  node: FlowNode,
  type: NodeType | undefined,
  known?: readonly string[],
  wired: ReadonlySet<string> = new Set(),
): Port[] {
  if (type === undefined) return [...wired].map((id) => plain(id, id, true));
  const own = dynamicPorts(node, type);
  const fixed = type.ports.static
    .filter(({ id }) => known === undefined || known.includes(id) || wired.has(id))
    .map((port: PortType): Port => ({ id: port.id, label: port.label, required: port.required ?? true, own: false }));
  const shown = new Set([...own, ...fixed].map(({ id }) => id));
  const lost = [...wired].filter((id) => !shown.has(id)).map((id) => plain(id, id, true));
  return [...own, ...fixed, ...lost];
}

/** Return the exits that a node's own settings make, in their order, each once. */
function dynamicPorts(node: FlowNode, type: NodeType): Port[] {
  const found = new Map<string, Port>();
  for (const [id, label] of dynamicPortNames(node, type)) {
    if (id !== "" && !found.has(id)) found.set(id, plain(id, label, true));
  }
  return [...found.values()];
}

/** Return the id and the label of the exit each item of the setting makes; "" for an item that has no id yet. */
export function dynamicPortNames(node: Pick<FlowNode, "data">, type: NodeType): [id: string, label: string][] {
  const dynamic = type.ports.dynamic;
  if (dynamic === null) return [];
  const items = node.data[dynamic.setting];
  if (!Array.isArray(items)) return [];
  return items.map((item) => {
    const id = text(dynamic.id_field === null ? item : field(item, dynamic.id_field));
    const label = dynamic.label_field === null ? "" : text(field(item, dynamic.label_field));
    return [id, label || id];
  });
}

function plain(id: string, label: string, own: boolean): Port {
  return { id, label: { vi: label, en: label }, required: true, own };
}

function field(item: Json, name: string): Json {
  return typeof item === "object" && item !== null && !Array.isArray(item) ? (item[name] ?? "") : "";
}

function text(value: Json): string {
  return typeof value === "string" ? value : "";
}

/** Return the exits in use by node. */
export function wiredPorts(document: Pick<FlowDocument, "edges">): ReadonlyMap<string, ReadonlySet<string>> {
  const wired = new Map<string, Set<string>>();
  for (const { source, sourceHandle } of document.edges) {
    const ports = wired.get(source) ?? new Set();
    wired.set(source, ports.add(sourceHandle));
  }
  return wired;
}

/** Tell whether calls can come into a node of this type. */
export function canBeEntered(type: string, types: ReadonlyMap<string, NodeType>): boolean {
  return type !== "start" && types.get(type)?.decoration !== true;
}
