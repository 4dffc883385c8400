import { together } from "../operations/batch";
import type { Operation } from "../operations/operation";
import type { NodeType } from "./catalogue";
import type { FlowDocument, NodeData } from "./document";
import { dynamicPortNames } from "./ports";

/**
 * Return the edit that gives a node other settings and keeps its edges with the exits they left by: an exit whose name
 * changed takes its edge along, one whose item is gone loses it.
 */
export function changingNode(
  document: FlowDocument,
  id: string,
  data: NodeData,
  type: NodeType | undefined,
): Operation {
  const change: Operation = { type: "change-data", request: { id, data } };
  const node = document.nodes.find((candidate) => candidate.id === id);
  if (node === undefined || type?.ports.dynamic == null) return change;
  const before = dynamicPortNames(node, type).map(([port]) => port);
  const after = dynamicPortNames({ data }, type).map(([port]) => port);
  const fixed = new Set(type.ports.static.map((port) => port.id));
  const renames = before.length === after.length ? renamed(before, after) : new Map<string, string>();
  const kept = new Set([...after, ...fixed]);
  const gone: string[] = [];
  const edits: Operation[] = [change];
  for (const edge of document.edges) {
    if (edge.source !== id || fixed.has(edge.sourceHandle)) continue;
    const port = renames.get(edge.sourceHandle);
    if (port !== undefined) edits.push({ type: "rewire", request: { ...edge, sourceHandle: port } });
    else if (before.includes(edge.sourceHandle) && !kept.has(edge.sourceHandle)) gone.push(edge.id);
  }
  if (gone.length > 0) edits.push({ type: "remove", request: { edges: gone } });
  return together(edits);
}

/** Return the exits that have another name at the same place. Items that only changed places are no renaming. */
function renamed(before: readonly string[], after: readonly string[]): Map<string, string> {
  const pairs = before.flatMap((port, index): [string, string][] => {
    const next = after[index] ?? "";
    return port !== next && port !== "" && !after.includes(port) && !before.includes(next) ? [[port, next]] : [];
  });
  return new Map(pairs);
}
