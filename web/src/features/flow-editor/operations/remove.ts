import type { FlowDocument } from "../model/document";
import type { Placed } from "./insert";
import type { OperationKind } from "./operation";

/** Take nodes and edges out of the flow: exactly these, so that undoing an insertion takes nothing else along. */
export interface Remove {
  type: "remove";
  request: { nodes?: string[]; edges?: string[] };
}

export const remove: OperationKind<Remove> = {
  apply: (document, request) => ({
    ...document,
    nodes: without(document.nodes, request.nodes),
    edges: without(document.edges, request.edges),
  }),
  invert: (document, request) => ({
    type: "insert",
    request: { nodes: placed(document.nodes, request.nodes), edges: placed(document.edges, request.edges) },
  }),
};

/** Make the edit that takes these out together with every edge that would be left hanging. */
export function removing(document: FlowDocument, nodes: ReadonlySet<string>, edges: ReadonlySet<string>): Remove {
  const hanging = document.edges.filter(
    ({ id, source, target }) => edges.has(id) || nodes.has(source) || nodes.has(target),
  );
  return { type: "remove", request: { nodes: [...nodes], edges: hanging.map(({ id }) => id) } };
}

function without<T extends { id: string }>(items: T[], ids: string[] = []): T[] {
  const gone = new Set(ids);
  return items.some(({ id }) => gone.has(id)) ? items.filter(({ id }) => !gone.has(id)) : items;
}

function placed<T extends { id: string }>(items: T[], ids: string[] = []): Placed<T>[] {
  const chosen = new Set(ids);
  return items.flatMap((item, index) => (chosen.has(item.id) ? [{ item, index }] : []));
}
