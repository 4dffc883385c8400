import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { LINE } from "./line-states";
import { SESSION } from "./session-states";
import { diagram, next } from "./table";

describe("a table of states", () => {
  it("says where an event leads, and nothing for one that means nothing", () => {
    expect(next(SESSION, "ringing", "answer")).toBe("answering");
    expect(next(SESSION, "none", "answer")).toBeNull();
    expect(next(LINE, "taken_over", "registered")).toBeNull();
  });

  it("rings nobody who is talking, and answers at once what the server asks for", () => {
    expect(next(SESSION, "talking", "invited")).toBeNull();
    expect(next(SESSION, "talking", "summoned")).toBe("answering");
    expect(next(SESSION, "reattaching", "summoned")).toBe("answering");
  });

  it("can always end", () => {
    for (const state of ["ringing", "answering", "talking", "reattaching"] as const) {
      expect(next(SESSION, state, "ended")).toBe("none");
    }
    for (const state of ["connecting", "registered", "reconnecting", "taken_over", "refused"] as const) {
      expect(next(LINE, state, "stop")).toBe("idle");
    }
  });

  it.each([
    ["line", diagram(LINE, "idle")],
    ["session", diagram(SESSION, "none")],
  ])("of the %s is drawn in the documentation as it is", (_, drawn) => {
    const page = readFileSync("../docs/explanation/browser-phone.md", "utf8");
    expect(page).toContain(`\`\`\`mermaid\n${drawn}\n\`\`\``);
  });
});
