import { describe, expect, it } from "vitest";

import { apply } from "../operations/operation";
import { removing } from "../operations/remove";
import { CATALOGUE, menuFlow } from "../testing/flows";
import { align, distribute, type Box } from "./align";
import { indexTypes } from "./catalogue";
import { cornerOf, fragmentOf, pasting, readFragment, writeFragment } from "./clipboard";
import { connecting } from "./connect";
import { diffFlows, mergeForDiff } from "./diff";
import { slug } from "./ids";
import { findInFlow } from "./search";

const types = indexTypes(CATALOGUE);

describe("the clipboard", () => {
  it("carries nodes with the edges between them to another flow", () => {
    const text = writeFragment(fragmentOf(menuFlow(), new Set(["start", "menu", "bye"])));
    const fragment = readFragment(text);
    if (fragment === null) throw new Error("nothing was read");
    expect(fragment.nodes.map(({ id }) => id)).toEqual(["menu", "bye"]);
    expect(cornerOf(fragment.nodes)).toEqual({ x: 300, y: 0 });
    const { operation, ids } = pasting(menuFlow(), fragment, { x: 10, y: 20 });
    const after = apply(menuFlow(), operation);
    expect(ids).toEqual(["menu_2", "bye_2"]);
    expect(after.edges.slice(4).map(({ id, source, target }) => [id, source, target])).toEqual([
      ["menu_2-1", "menu_2", "bye_2"],
      ["menu_2-2", "menu_2", "bye_2"],
      ["menu_2-no_input", "menu_2", "bye_2"],
    ]);
    expect(after.nodes.at(-1)?.position).toEqual({ x: 610, y: 20 });
  });

  it.each([
    ["no JSON", "hello"],
    ["something else", '{"nodes":[]}'],
    ["nothing usable", '{"callcenter-flow-nodes":1,"nodes":[{"id":"../x","type":"play","data":{}},4,null]}'],
    ["endless places", '{"callcenter-flow-nodes":1,"nodes":[{"id":"a","type":"p","data":{},"position":{"x":"1"}}]}'],
  ])("refuses %s", (_name, text) => {
    expect(readFragment(text)).toBeNull();
  });
});

describe("aligning", () => {
  const box = (id: string, x: number, y: number, width = 100): Box => ({ id, x, y, width, height: 50 });

  it("puts boxes into one line", () => {
    const boxes = [box("a", 0, 0), box("b", 50, 100, 200)];
    expect(align(boxes, "left")).toEqual({ a: { x: 0, y: 0 }, b: { x: 0, y: 100 } });
    expect(align(boxes, "right")).toEqual({ a: { x: 150, y: 0 }, b: { x: 50, y: 100 } });
    expect(align(boxes, "center")).toEqual({ a: { x: 75, y: 0 }, b: { x: 25, y: 100 } });
    expect(align(boxes, "bottom")).toEqual({ a: { x: 0, y: 100 }, b: { x: 50, y: 100 } });
  });

  it("makes gaps equal", () => {
    const boxes = [box("a", 0, 0), box("c", 500, 0), box("b", 110, 0)];
    expect(distribute(boxes, "x").b).toEqual({ x: 250, y: 0 });
    expect(distribute(boxes.slice(0, 2), "x")).toEqual({});
  });
});

describe("comparing versions", () => {
  it("tells what was added, removed and changed, not what was moved", () => {
    const before = menuFlow();
    const after = apply(before, {
      type: "batch",
      request: {
        operations: [
          { type: "move-nodes", request: { positions: { start: { x: 9, y: 9 } } } },
          { type: "change-data", request: { id: "menu", data: { ...before.nodes[1]?.data, strict: true } } },
          removing(before, new Set(["bye"]), new Set()),
          {
            type: "insert",
            request: { nodes: [{ item: { id: "x", type: "play", position: { x: 0, y: 0 }, data: {} } }] },
          },
        ],
      },
    });
    expect(diffFlows(before, after)).toEqual({
      nodes: { added: ["x"], removed: ["bye"], changed: [{ id: "menu", fields: ["strict"] }] },
      edges: { added: [], removed: ["menu-1", "menu-2", "menu-no_input"] },
    });
    const merged = mergeForDiff(before, after);
    expect(merged.document.nodes.map(({ id }) => id)).toEqual(["start", "menu", "x", "bye"]);
    expect(merged.marks.get("bye")).toBe("removed");
    expect(merged.edgeMarks.get("menu-1")).toBe("removed");
  });

  it("shows an edge that changed its way as one gone and one new", () => {
    const before = menuFlow();
    const after = apply(before, connecting(before, { source: "menu", sourceHandle: "1", target: "menu" }));
    const merged = mergeForDiff(before, after);
    expect([...merged.edgeMarks]).toEqual([
      ["menu-1", "added"],
      ["menu-1:before", "removed"],
    ]);
    expect(new Set(merged.document.edges.map(({ id }) => id)).size).toBe(merged.document.edges.length);
  });
});

describe("finding", () => {
  it("looks into names and settings without regard to accents and case", () => {
    expect(findInFlow(menuFlow(), types, "bao hanh")).toEqual([{ id: "menu", excerpt: "Bảo hành" }]);
    expect(findInFlow(menuFlow(), types, "gac MAY").map(({ id }) => id)).toEqual(["bye"]);
    expect(findInFlow(menuFlow(), types, "  ")).toEqual([]);
  });
});

it("makes ids of Vietnamese names", () => {
  expect(slug("Tổng đài Đà Nẵng (1)")).toBe("tong_dai_da_nang_1");
});
