import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { FlowDocument, FlowEdge, FlowNode } from "../model/document";
import { menuFlow } from "../testing/flows";
import { apply, invert, type Operation } from "./operation";
import { removing } from "./remove";

/** Ids that the documents below mostly have, so that edits meet, and some that they do not. */
const id = fc.constantFrom("start", "menu", "bye", "n1", "n2", "n3", "nowhere");
const edgeId = fc.constantFrom("start-next", "menu-1", "menu-2", "e1", "e2", "nowhere");
const position = fc.record({ x: fc.integer(), y: fc.integer() });
const data = fc.dictionary(fc.constantFrom("name", "options", "text"), fc.jsonValue() as fc.Arbitrary<never>);
const index = fc.option(fc.nat(6), { nil: undefined });

const node: fc.Arbitrary<FlowNode> = fc.record({ id, type: fc.constantFrom("play", "menu", "note"), position, data });
const edge: fc.Arbitrary<FlowEdge> = fc.record({
  id: edgeId,
  source: id,
  sourceHandle: fc.constantFrom("next", "1"),
  target: id,
});

const operation: fc.Arbitrary<Operation> = fc.letrec<{ one: Operation }>((tie) => ({
  one: fc.oneof(
    { maxDepth: 2 },
    fc.record({
      type: fc.constant("insert" as const),
      request: fc.record({
        nodes: fc.uniqueArray(placed(node), { maxLength: 3, selector: ({ item }) => item.id }),
        edges: fc.uniqueArray(placed(edge), { maxLength: 3, selector: ({ item }) => item.id }),
      }),
    }),
    fc.record({
      type: fc.constant("remove" as const),
      request: fc.record({ nodes: fc.array(id, { maxLength: 2 }), edges: fc.array(edgeId, { maxLength: 2 }) }),
    }),
    fc.record({
      type: fc.constant("move-nodes" as const),
      request: fc.record({ positions: fc.dictionary(id, position) }),
    }),
    fc.record({
      type: fc.constant("resize-node" as const),
      request: fc.record({ id, width: fc.option(fc.nat()), height: fc.option(fc.nat()) }),
    }),
    fc.record({ type: fc.constant("change-data" as const), request: fc.record({ id, data }) }),
    fc.record({ type: fc.constant("rewire" as const), request: edge }),
    fc.record({
      type: fc.constant("change-settings" as const),
      request: fc.record({
        settings: fc.record(
          { name: fc.string(), languages: fc.constant(["vi"]), tests: fc.option(fc.constant([{ name: "t" }])) },
          { requiredKeys: [] },
        ),
      }),
    }),
    fc.record({
      type: fc.constant("batch" as const),
      request: fc.record({ operations: fc.array(tie("one"), { maxLength: 3 }) }),
    }),
  ) as fc.Arbitrary<Operation>,
})).one;

function placed<T>(item: fc.Arbitrary<T>) {
  return fc
    .record({ item, index })
    .map((one) => (one.index === undefined ? { item: one.item } : { item: one.item, index: one.index }));
}

describe("edits", () => {
  it("are undone without a trace, whatever they were", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 25 }), (operations) => {
        const before = menuFlow();
        const inverses: Operation[] = [];
        let document: FlowDocument = before;
        for (const one of operations) {
          inverses.unshift(invert(document, one));
          document = apply(document, one);
        }
        const after = document;
        for (const inverse of inverses) document = apply(document, inverse);
        expect(JSON.stringify(document)).toBe(JSON.stringify(before));
        // And done again they lead to the same document as the first time.
        for (const one of operations) document = apply(document, one);
        expect(JSON.stringify(document)).toBe(JSON.stringify(after));
      }),
      { numRuns: 300 },
    );
  });

  it("never touch the document they are done on", () => {
    fc.assert(
      fc.property(operation, (one) => {
        const document = menuFlow();
        invert(document, one);
        apply(document, one);
        expect(document).toEqual(menuFlow());
      }),
    );
  });

  it("take a node's edges out with it and bring them back in their order", () => {
    const document = menuFlow();
    const operation = removing(document, new Set(["menu"]), new Set());
    const after = apply(document, operation);
    expect(after.edges).toEqual([]);
    expect(apply(after, invert(document, operation))).toEqual(document);
  });
});
