import type { FlowDocument } from "../model/document";
import { batchOf, type Batch } from "./batch";
import { changeData, type ChangeData } from "./change-data";
import { changeSettings, type ChangeSettings } from "./change-settings";
import { insert, type Insert } from "./insert";
import { moveNodes, type MoveNodes } from "./move-nodes";
import { remove, type Remove } from "./remove";
import { resizeNode, type ResizeNode } from "./resize-node";
import { rewire, type Rewire } from "./rewire";

/** One edit: what to do and everything needed to do it. */
export type Operation = Insert | Remove | MoveNodes | ResizeNode | ChangeData | Rewire | ChangeSettings | Batch;

/**
 * How one kind of edit is done and undone. Both are pure; what an edit names but the document does not have is passed
 * over.
 */
export interface OperationKind<O extends Operation> {
  apply: (document: FlowDocument, request: O["request"]) => FlowDocument;
  /** Return the edit that leads back to `document` from what `apply` makes of it. */
  invert: (document: FlowDocument, request: O["request"]) => Operation;
}

const KINDS: { [T in Operation["type"]]: OperationKind<Extract<Operation, { type: T }>> } = {
  insert,
  remove,
  "move-nodes": moveNodes,
  "resize-node": resizeNode,
  "change-data": changeData,
  rewire,
  "change-settings": changeSettings,
  batch: batchOf({ apply, invert }),
};

function kindOf(operation: Operation): OperationKind<Operation> {
  return KINDS[operation.type] as OperationKind<Operation>;
}

/** Return the document with the edit done. */
export function apply(document: FlowDocument, operation: Operation): FlowDocument {
  return kindOf(operation).apply(document, operation.request);
}

/** Return the edit that undoes `operation`, which is about to be done on `document`. */
export function invert(document: FlowDocument, operation: Operation): Operation {
  return kindOf(operation).invert(document, operation.request);
}
