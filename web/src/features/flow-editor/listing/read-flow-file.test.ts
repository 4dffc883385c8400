import { describe, expect, it } from "vitest";

import { freeId } from "./free-id";
import { readFlowFile } from "./read-flow-file";

describe("a flow file", () => {
  it("is read when it could be a flow", async () => {
    expect(await readFlowFile(new Blob(['{"id":"a","nodes":[]}']))).toEqual({
      id: "a",
      document: { id: "a", nodes: [] },
    });
  });

  it.each([
    ["tooLarge", `"${"x".repeat(2_000_001)}"`],
    ["notJson", "<svg onload=alert(1)>"],
    ["notFlow", "[1]"],
    ["notFlow", "null"],
    ["notFlow", '{"nodes":[]}'],
  ])("is refused as %s", async (problem, text) => {
    expect(await readFlowFile(new Blob([text]))).toEqual({ problem });
  });

  it("gets an id that is free when it is a copy", () => {
    expect(freeId("a", [])).toBe("a");
    expect(freeId("a", ["a", "a_2"])).toBe("a_3");
  });
});
