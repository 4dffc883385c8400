import type { Operation } from "../operations/operation";
import type { FlowDocument, FlowEdge } from "./document";
import { edgeStem, freshIds } from "./ids";

/** An exit and where it shall lead. */
export type Wire = Omit<FlowEdge, "id">;

/** Return the edit that lets an exit lead to a node; an exit that already leads somewhere changes its way. */
export function connecting(document: FlowDocument, wire: Wire): Operation {
  const present = document.edges.find(
    ({ source, sourceHandle }) => source === wire.source && sourceHandle === wire.sourceHandle,
  );
  if (present !== undefined) return { type: "rewire", request: { ...wire, id: present.id } };
  const id = freshIds(document)(edgeStem(wire.source, wire.sourceHandle));
  return { type: "insert", request: { edges: [{ item: { id, ...wire } }] } };
}
