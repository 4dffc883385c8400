import type { NodeData } from "../model/document";
import type { OperationKind } from "./operation";

/** Give a node other settings. */
export interface ChangeData {
  type: "change-data";
  request: { id: string; data: NodeData };
}

export const changeData: OperationKind<ChangeData> = {
  apply: (document, { id, data }) => ({
    ...document,
    nodes: document.nodes.map((node) => (node.id === id ? { ...node, data } : node)),
  }),
  invert: (document, { id }) => ({
    type: "change-data",
    request: { id, data: document.nodes.find((node) => node.id === id)?.data ?? {} },
  }),
};
