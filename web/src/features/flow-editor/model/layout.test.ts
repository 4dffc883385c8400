import ELK from "elkjs/lib/elk.bundled.js";
import { describe, expect, it } from "vitest";

import { menuFlow } from "../testing/flows";
import { fromElk, toElk, type LayoutBox } from "./layout";

const document = menuFlow();
const boxes: LayoutBox[] = document.nodes.map(({ id, position }) => ({
  id,
  ...position,
  width: 240,
  height: 120,
  ports: document.edges.filter(({ source }) => source === id).map(({ sourceHandle }) => sourceHandle),
}));

describe("the layout", () => {
  it("puts nodes from left to right in the order of the call, and moves the first one nowhere", async () => {
    const places = fromElk(await new ELK().layout(toElk(boxes, document.edges)), boxes);
    expect(places.start).toEqual({ x: 0, y: 0 });
    expect(places.menu?.x).toBeGreaterThanOrEqual(240);
    expect(places.bye?.x).toBeGreaterThanOrEqual((places.menu?.x ?? 0) + 240);
  });

  it("leaves out edges that lead to or from nothing drawn", () => {
    const stray = { id: "x", source: "menu", sourceHandle: "gone", target: "bye" };
    const lost = { id: "y", source: "menu", sourceHandle: "1", target: "nowhere" };
    expect(toElk(boxes, [stray, lost]).edges).toEqual([]);
  });
});
