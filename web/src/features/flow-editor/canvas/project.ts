import type { Edge, Node } from "@xyflow/react";

import type { FlowDocument, FlowNode } from "../model/document";
import { ENTRANCE } from "../model/ports";

/** A node as React Flow draws it; `data.node` is the document's own object. */
export type CanvasNode = Node<{ node: FlowNode }, "step" | "note">;
export type CanvasEdge = Edge;

/**
 * Return what is drawn for a document. Nodes and edges that did not change stay the same objects, so that only what
 * changed is drawn again; measured sizes and the selection are kept.
 */
export function project(
  document: Pick<FlowDocument, "nodes" | "edges">,
  previous: { nodes: readonly CanvasNode[]; edges: readonly CanvasEdge[] },
): { nodes: CanvasNode[]; edges: CanvasEdge[] } {
  const nodes = new Map(previous.nodes.map((node) => [node.id, node]));
  const edges = new Map(previous.edges.map((edge) => [edge.id, edge]));
  return {
    nodes: document.nodes.map((node) => projectNode(node, nodes.get(node.id))),
    edges: document.edges.map(({ id, source, sourceHandle, target }): CanvasEdge => {
      const old = edges.get(id);
      if (old?.source === source && old.sourceHandle === sourceHandle && old.target === target) return old;
      return { id, source, sourceHandle, target, targetHandle: ENTRANCE, selected: old?.selected ?? false };
    }),
  };
}

function projectNode(node: FlowNode, old: CanvasNode | undefined): CanvasNode {
  if (old?.data.node === node && samePlace(old, node)) return old;
  const isNote = node.type === "note";
  const size = isNote ? { width: node.width ?? 220, height: node.height ?? 120 } : {};
  return {
    ...(old?.measured && { measured: old.measured }),
    selected: old?.selected ?? false,
    ...size,
    id: node.id,
    type: isNote ? "note" : "step",
    position: node.position,
    data: { node },
    // Notes lie under what they are about.
    zIndex: isNote ? -1 : 0,
  };
}

function samePlace(old: CanvasNode, { position }: FlowNode): boolean {
  return old.position.x === position.x && old.position.y === position.y;
}
