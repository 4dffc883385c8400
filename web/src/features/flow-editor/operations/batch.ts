import type { FlowDocument } from "../model/document";
import type { Operation, OperationKind } from "./operation";

/** Several edits that are done and undone together. */
export interface Batch {
  type: "batch";
  request: { operations: Operation[] };
}

interface Edits {
  apply: (document: FlowDocument, operation: Operation) => FlowDocument;
  invert: (document: FlowDocument, operation: Operation) => Operation;
}

/** Make the kind out of how single edits are done; it is given that, because edits and batches contain each other. */
export function batchOf({ apply, invert }: Edits): OperationKind<Batch> {
  return {
    apply: (document, { operations }) => operations.reduce(apply, document),
    invert: (document, { operations }) => {
      const inverses: Operation[] = [];
      let current = document;
      for (const operation of operations) {
        inverses.unshift(invert(current, operation));
        current = apply(current, operation);
      }
      return { type: "batch", request: { operations: inverses } };
    },
  };
}

/** Make one edit of several. */
export function together(operations: Operation[]): Operation {
  const [only, ...others] = operations;
  return only !== undefined && others.length === 0 ? only : { type: "batch", request: { operations } };
}
