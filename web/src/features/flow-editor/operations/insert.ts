import type { FlowDocument, FlowEdge, FlowNode } from "../model/document";
import type { OperationKind } from "./operation";

/** Something together with its place in the list; at the end when it says none. */
export interface Placed<T> {
  item: T;
  index?: number;
}

/** Put nodes and edges into the flow. */
export interface Insert {
  type: "insert";
  request: { nodes?: Placed<FlowNode>[]; edges?: Placed<FlowEdge>[] };
}

export const insert: OperationKind<Insert> = {
  apply: (document, { nodes, edges }) => ({
    ...document,
    nodes: place(document.nodes, nodes ?? []),
    edges: place(document.edges, edges ?? []),
  }),
  invert: (document, { nodes, edges }) => ({
    type: "remove",
    request: { nodes: newIds(document.nodes, nodes), edges: newIds(document.edges, edges) },
  }),
};

/** Make the edit that adds these at the end. */
export function inserting(nodes: readonly FlowNode[], edges: readonly FlowEdge[] = []): Insert {
  return {
    type: "insert",
    request: { nodes: nodes.map((item) => ({ item })), edges: edges.map((item) => ({ item })) },
  };
}

function newIds(present: FlowDocument["nodes"] | FlowDocument["edges"], placed: Placed<{ id: string }>[] = []) {
  const known = new Set(present.map(({ id }) => id));
  return placed.map(({ item }) => item.id).filter((id) => !known.has(id));
}

function place<T extends { id: string }>(present: T[], placed: Placed<T>[]): T[] {
  const known = new Set(present.map(({ id }) => id));
  const fresh = placed.filter(({ item }) => !known.has(item.id));
  if (fresh.length === 0) return present;
  const result = [...present];
  const ordered = [...fresh].sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity) || 0);
  for (const { item, index } of ordered) result.splice(index ?? result.length, 0, item);
  return result;
}
