import { expect, it } from "vitest";

import { storyLines } from "./story";

it("tells the way through the menus with keys and exits, and leaves out what is drawn as bars", () => {
  const lines = storyLines([
    { at_ms: 0, kind: "segment", data: { segment: "ivr" } },
    { at_ms: 0, kind: "node_entered", data: { node: "menu" } },
    { at_ms: 4200, kind: "node_left", data: { node: "menu", name: "Main menu", keys: "1", port: "sales" } },
    { at_ms: 5000, kind: "transfer", data: { target: "102", number: "102", deep: { of: "no use" } } },
    { at_ms: 6000, kind: "connected", data: {} },
  ]);
  expect(lines).toEqual([
    { at_ms: 4200, kind: "node_left", details: "Main menu [1] → sales" },
    { at_ms: 5000, kind: "transfer", details: "102" },
    { at_ms: 6000, kind: "connected", details: "" },
  ]);
});
