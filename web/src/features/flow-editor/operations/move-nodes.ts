import type { Position } from "../model/document";
import type { OperationKind } from "./operation";

/** Put nodes elsewhere on the canvas. */
export interface MoveNodes {
  type: "move-nodes";
  request: { positions: Record<string, Position> };
}

export const moveNodes: OperationKind<MoveNodes> = {
  apply: (document, { positions }) => ({
    ...document,
    nodes: document.nodes.map((node) => {
      const position = positions[node.id];
      return position === undefined ? node : { ...node, position };
    }),
  }),
  invert: (document, { positions }) => ({
    type: "move-nodes",
    request: {
      positions: Object.fromEntries(
        document.nodes.flatMap(({ id, position }) => (positions[id] === undefined ? [] : [[id, position]])),
      ),
    },
  }),
};
