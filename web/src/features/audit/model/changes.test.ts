import { expect, it } from "vitest";

import { changes } from "./changes";

it("names what differs, what came and what went", () => {
  expect(
    changes(
      { name: "Lan", role: "agent", stores: ["a"], old: 1 },
      { name: "Lan", role: "admin", stores: ["a", "b"], fresh: true },
    ),
  ).toEqual([
    { field: "fresh", before: "", after: "true" },
    { field: "old", before: "1", after: "" },
    { field: "role", before: "agent", after: "admin" },
    { field: "stores", before: '["a"]', after: '["a","b"]' },
  ]);
});

it("finds nothing in lines without states", () => {
  expect(changes(null, null)).toEqual([]);
});
