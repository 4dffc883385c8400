import type { FlowEdge } from "../model/document";
import type { OperationKind } from "./operation";

type Ends = Omit<FlowEdge, "id">;

/** Let an edge begin or end elsewhere. */
export interface Rewire {
  type: "rewire";
  request: { id: string } & Ends;
}

export const rewire: OperationKind<Rewire> = {
  apply: (document, request) => ({
    ...document,
    edges: document.edges.map((edge) => (edge.id === request.id ? { ...edge, ...request } : edge)),
  }),
  invert: (document, request) => {
    const edge = document.edges.find(({ id }) => id === request.id) ?? request;
    const { id, source, sourceHandle, target } = edge;
    return { type: "rewire", request: { id, source, sourceHandle, target } };
  },
};
