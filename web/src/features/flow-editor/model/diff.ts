import type { FlowDocument, FlowEdge, FlowNode, Json } from "./document";

/** What differs between two versions of a flow. Where a node stands on the canvas does not count. */
export interface FlowDiff {
  nodes: { added: string[]; removed: string[]; changed: { id: string; fields: string[] }[] };
  edges: { added: string[]; removed: string[] };
}

const wireOf = ({ source, sourceHandle, target }: FlowEdge) => JSON.stringify([source, sourceHandle, target]);

export function diffFlows(before: FlowDocument, after: FlowDocument): FlowDiff {
  const [old, now] = [byId(before.nodes), byId(after.nodes)];
  const [oldWires, newWires] = [new Set(before.edges.map(wireOf)), new Set(after.edges.map(wireOf))];
  return {
    nodes: {
      added: after.nodes.filter(({ id }) => !old.has(id)).map(({ id }) => id),
      removed: before.nodes.filter(({ id }) => !now.has(id)).map(({ id }) => id),
      changed: after.nodes.flatMap((node) => {
        const previous = old.get(node.id);
        const fields = previous === undefined ? [] : changedFields(previous, node);
        return fields.length === 0 ? [] : [{ id: node.id, fields }];
      }),
    },
    edges: {
      added: after.edges.filter((edge) => !oldWires.has(wireOf(edge))).map(({ id }) => id),
      removed: before.edges.filter((edge) => !newWires.has(wireOf(edge))).map(({ id }) => id),
    },
  };
}

/** Tell how much differs, for a line of text. */
export function countChanges({ nodes, edges }: FlowDiff) {
  return {
    added: nodes.added.length,
    removed: nodes.removed.length,
    changed: nodes.changed.length,
    edges: edges.added.length + edges.removed.length,
  };
}

export type Change = "added" | "removed" | "changed";

/** One graph that shows both versions: what is there now, and what is gone at its old place. */
export function mergeForDiff(before: FlowDocument, after: FlowDocument) {
  const diff = diffFlows(before, after);
  const removedNodes = new Set(diff.nodes.removed);
  const removedEdges = new Set(diff.edges.removed);
  const taken = new Set(after.edges.map(({ id }) => id));
  const goneEdges = before.edges
    .filter(({ id }) => removedEdges.has(id))
    .map((edge) => (taken.has(edge.id) ? { ...edge, id: `${edge.id}:before` } : edge));
  const marks = new Map<string, Change>([
    ...diff.nodes.added.map((id) => [id, "added"] as const),
    ...diff.nodes.removed.map((id) => [id, "removed"] as const),
    ...diff.nodes.changed.map(({ id }) => [id, "changed"] as const),
  ]);
  const edgeMarks = new Map<string, Change>([
    ...diff.edges.added.map((id) => [id, "added"] as const),
    ...goneEdges.map(({ id }) => [id, "removed"] as const),
  ]);
  const document: FlowDocument = {
    ...after,
    nodes: [...after.nodes, ...before.nodes.filter(({ id }) => removedNodes.has(id))],
    edges: [...after.edges, ...goneEdges],
  };
  return { document, diff, marks, edgeMarks };
}

function byId(nodes: readonly FlowNode[]): Map<string, FlowNode> {
  return new Map(nodes.map((node) => [node.id, node]));
}

function changedFields(before: FlowNode, after: FlowNode): string[] {
  const names = new Set([...Object.keys(before.data), ...Object.keys(after.data)]);
  const fields = [...names].filter((name) => !same(before.data[name], after.data[name])).sort();
  return before.type === after.type ? fields : ["type", ...fields];
}

/** Tell whether two settings are alike; the order of an object's keys does not matter. */
export function same(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => same(item, right[index]));
  }
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => same(left[name], right[name]));
}
