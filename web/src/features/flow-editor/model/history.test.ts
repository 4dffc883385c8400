import { describe, expect, it } from "vitest";

import type { Operation } from "../operations/operation";
import { menuFlow } from "../testing/flows";
import type { NodeData } from "./document";
import { edit, NO_HISTORY, redo, undo } from "./history";

const start = () => ({ document: menuFlow(), history: NO_HISTORY });
const write = (data: NodeData): Operation => ({ type: "change-data", request: { id: "bye", data } });

describe("history", () => {
  it("goes back and forth any number of steps", () => {
    let now = start();
    const seen = [now.document];
    for (let x = 1; x <= 2000; x += 1) {
      now = edit(now, { type: "move-nodes", request: { positions: { bye: { x, y: 0 } } } }, x * 5000);
      seen.push(now.document);
    }
    for (let x = 1999; x >= 0; x -= 1) {
      now = undo(now) ?? now;
      expect(now.document).toEqual(seen[x]);
    }
    expect(undo(now)).toBeNull();
    for (let x = 1; x <= 2000; x += 1) now = redo(now) ?? now;
    expect(now.document).toEqual(seen.at(-1));
    expect(redo(now)).toBeNull();
  });

  it("makes one step of what is typed at a time", () => {
    let now = start();
    for (const [at, name] of ["T", "Tạ", "Tạm"].entries()) now = edit(now, write({ name }), at * 200, "bye.name");
    expect(now.history.past).toHaveLength(1);
    expect(undo(now)?.document).toEqual(menuFlow());
  });

  it("keeps what was typed after a pause, or elsewhere, apart", () => {
    let now = edit(start(), write({ name: "a" }), 0, "bye.name");
    now = edit(now, write({ name: "ab" }), 5000, "bye.name");
    now = edit(now, write({ name: "ab", text: "c" }), 5100, "bye.text");
    expect(now.history.past).toHaveLength(3);
  });

  it("forgets what was undone once something else is done", () => {
    let now = edit(start(), write({ name: "a" }), 0);
    now = undo(now) ?? now;
    now = edit(now, write({ name: "b" }), 10);
    expect(redo(now)).toBeNull();
  });

  it("merges edits of several parts and still leads back to the beginning", () => {
    const both = (keys: string): Operation => ({
      type: "batch",
      request: { operations: [write({ name: keys }), { type: "remove", request: { edges: ["menu-1"] } }] },
    });
    let now = edit(start(), both("1"), 0, "keys");
    now = edit(now, both("12"), 10, "keys");
    expect(now.history.past).toHaveLength(1);
    expect(undo(now)?.document).toEqual(menuFlow());
    expect(redo(undo(now) ?? now)?.document).toEqual(now.document);
  });
});
