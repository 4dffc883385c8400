import { together } from "../operations/batch";
import { inserting } from "../operations/insert";
import type { Operation } from "../operations/operation";
import { startingData, type NodeType } from "./catalogue";
import { connecting } from "./connect";
import type { FlowDocument, FlowNode, Position } from "./document";
import { freshIds } from "./ids";
import type { Port } from "./ports";

/** The exit of a node that a new one shall be connected to. */
export interface Origin {
  node: string;
  port: string;
}

/** Return the edit that adds a node, connected to `origin` if there is one, and the new node's id. */
export function addingNode(
  document: FlowDocument,
  type: NodeType,
  { name, position, origin }: { name: string; position: Position; origin?: Origin | undefined },
): { operation: Operation; id: string } {
  const id = freshIds(document)(type.type);
  const node: FlowNode = {
    id,
    type: type.type,
    position: { x: Math.round(position.x), y: Math.round(position.y) },
    ...(type.decoration && { width: 220, height: 120 }),
    data: startingData(type, name),
  };
  const add = inserting([node]);
  if (origin === undefined) return { operation: add, id };
  const wire = connecting(document, { source: origin.node, sourceHandle: origin.port, target: id });
  return { operation: together([add, wire]), id };
}

/** Return the exit a new node is best connected to: the first that has to lead somewhere and does not. */
export function nextFreePort(ports: readonly Port[], wired: ReadonlySet<string>): string | undefined {
  const free = ports.filter(({ id }) => !wired.has(id));
  return (free.find(({ required }) => required) ?? free[0])?.id;
}

/** Move a place down until no node stands there. */
export function freePlace(document: FlowDocument, wanted: Position): Position {
  const isTaken = (place: Position) =>
    document.nodes.some(({ position }) => Math.abs(position.x - place.x) < 40 && Math.abs(position.y - place.y) < 40);
  const place = { ...wanted };
  while (isTaken(place)) place.y += 60;
  return place;
}
