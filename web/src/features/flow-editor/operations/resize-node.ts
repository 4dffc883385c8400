import type { FlowNode } from "../model/document";
import { omit } from "../model/omit";
import type { OperationKind } from "./operation";

/** Give a node another size, or none of its own. */
export interface ResizeNode {
  type: "resize-node";
  request: { id: string; width: number | null; height: number | null };
}

export const resizeNode: OperationKind<ResizeNode> = {
  apply: (document, request) => ({
    ...document,
    nodes: document.nodes.map((node) => (node.id === request.id ? resized(node, request) : node)),
  }),
  invert: (document, { id }) => {
    const node = document.nodes.find((candidate) => candidate.id === id);
    return { type: "resize-node", request: { id, width: node?.width ?? null, height: node?.height ?? null } };
  },
};

function resized(node: FlowNode, { width, height }: ResizeNode["request"]): FlowNode {
  return { ...omit(node, "width", "height"), ...(width !== null && { width }), ...(height !== null && { height }) };
}
