import { inserting } from "../operations/insert";
import type { Insert } from "../operations/insert";
import type { FlowDocument, FlowEdge, FlowNode, NodeData } from "./document";
import { edgeStem, freshIds } from "./ids";

/** Nodes with the edges between them, on their way to another place or another flow. */
export interface Fragment {
  nodes: FlowNode[];
  edges: FlowEdge[];
}

const MARK = "callcenter-flow-nodes";
const ID = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,99}$/;
const MOST_NODES = 2000;

/** Return the chosen nodes, except where calls come in, and the edges that have both ends among them. */
export function fragmentOf(document: FlowDocument, ids: ReadonlySet<string>): Fragment {
  const nodes = document.nodes.filter(({ id, type }) => ids.has(id) && type !== "start");
  const kept = new Set(nodes.map(({ id }) => id));
  return { nodes, edges: document.edges.filter(({ source, target }) => kept.has(source) && kept.has(target)) };
}

export function writeFragment({ nodes, edges }: Fragment): string {
  return JSON.stringify({ [MARK]: 1, nodes, edges });
}

/** Read what was copied; null when it is anything else. Whatever is not a node or an edge is left out. */
export function readFragment(text: string): Fragment | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value[MARK] !== 1 || !Array.isArray(value.nodes)) return null;
  const nodes = value.nodes.slice(0, MOST_NODES).flatMap(readNode);
  const known = new Set(nodes.map(({ id }) => id));
  const edges = (Array.isArray(value.edges) ? value.edges : [])
    .flatMap(readEdge)
    .filter(({ source, target }) => known.has(source) && known.has(target));
  return nodes.length === 0 ? null : { nodes, edges };
}

/** Return the edit that puts a fragment into the flow under new ids, moved by `offset`, and the new nodes' ids. */
export function pasting(
  document: FlowDocument,
  { nodes, edges }: Fragment,
  offset: { x: number; y: number },
): { operation: Insert; ids: string[] } {
  const fresh = freshIds(document);
  const hasStart = document.nodes.some(({ type }) => type === "start");
  const taken = nodes.filter(({ type }) => type !== "start" || !hasStart);
  const renamed = new Map(taken.map((node) => [node.id, fresh(node.id)]));
  const newNodes = taken.map((node) => ({
    ...node,
    id: renamed.get(node.id) ?? node.id,
    position: { x: node.position.x + offset.x, y: node.position.y + offset.y },
  }));
  const newEdges = edges.flatMap(({ source, sourceHandle, target }) => {
    const [from, to] = [renamed.get(source), renamed.get(target)];
    if (from === undefined || to === undefined) return [];
    return [{ id: fresh(edgeStem(from, sourceHandle)), source: from, sourceHandle, target: to }];
  });
  return { operation: inserting(newNodes, newEdges), ids: newNodes.map(({ id }) => id) };
}

/** Return the corner at the top left of some nodes. */
export function cornerOf(nodes: readonly FlowNode[]): { x: number; y: number } {
  return {
    x: Math.min(...nodes.map(({ position }) => position.x)),
    y: Math.min(...nodes.map(({ position }) => position.y)),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is string {
  return typeof value === "string" && ID.test(value);
}

function readNode(value: unknown): FlowNode[] {
  if (!isObject(value) || !isId(value.id) || typeof value.type !== "string" || !isObject(value.data)) return [];
  const { x, y } = isObject(value.position) ? value.position : { x: 0, y: 0 };
  if (!Number.isFinite(x) || !Number.isFinite(y)) return [];
  const size = (name: "width" | "height") => (Number.isFinite(value[name]) ? { [name]: value[name] as number } : {});
  const node = { id: value.id, type: value.type, position: { x: x as number, y: y as number } };
  return [{ ...node, ...size("width"), ...size("height"), data: value.data as NodeData }];
}

function readEdge(value: unknown): FlowEdge[] {
  if (!isObject(value) || !isId(value.id) || !isId(value.source) || !isId(value.target)) return [];
  const { id, source, sourceHandle, target } = value;
  return typeof sourceHandle === "string" ? [{ id, source, sourceHandle, target }] : [];
}
