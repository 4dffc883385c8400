import { describe, expect, it } from "vitest";

import { complete } from "./completion";
import { newScenario, offsetOf, writeScenario } from "./scenario";
import { readShifts, writeShifts } from "./shifts";
import { summaryOf } from "./summary";
import { variablesOf } from "./variables";
import { CATALOGUE, menuFlow } from "../testing/flows";
import { indexTypes } from "./catalogue";

describe("scenarios", () => {
  it("are written as the server takes them", () => {
    const scenario = { ...newScenario(), at: "2026-12-24T09:30", store: "found", storeCode: "S1", hours: "closed" };
    expect(writeScenario(scenario, [{ code: "S1", name: "Lê Lợi" }], "Asia/Ho_Chi_Minh")).toEqual({
      caller_number: "0912345678",
      at: "2026-12-24T09:30:00+07:00",
      customer: { outcome: "none", customers: [] },
      store: { outcome: "found", stores: [{ code: "S1", name: "Lê Lợi" }] },
      hours: { S1: "closed" },
    });
    expect(writeScenario({ ...newScenario(), caller: "" }, [], "UTC").caller_number).toBeNull();
  });

  it("know a time zone's offset", () => {
    expect(offsetOf("Europe/Berlin", "2026-07-01T12:00")).toBe("+02:00");
    expect(offsetOf("UTC", "2026-07-01T12:00")).toBe("+00:00");
    expect(offsetOf("Nowhere/At All", "2026-07-01T12:00")).toBe("+07:00");
  });
});

describe("completing names", () => {
  const names = { variables: ["caller_name", "caller_number", "language"], filters: ["default", "upper"] };
  const options = (text: string, isTemplate: boolean) =>
    complete(text, text.length, { ...names, isTemplate })?.options.map(({ name }) => name) ?? null;

  it("offers variables where a name begins, and filters behind a bar", () => {
    expect(options("call", false)).toEqual(["caller_name", "caller_number"]);
    expect(options("caller_name | de", false)).toEqual(["default"]);
    expect(options("caller_name | ", false)).toEqual(["default", "upper"]);
  });

  it("looks only between braces in a text", () => {
    expect(options("Xin chào call", true)).toBeNull();
    expect(options("Xin chào {{ call", true)).toEqual(["caller_name", "caller_number"]);
    expect(options("Xin chào {{ ", true)).toHaveLength(3);
    expect(options("{{ language }} call", true)).toBeNull();
  });

  it("offers nothing that is there already", () => {
    expect(options("language", false)).toBeNull();
  });

  it("knows the flow's own variables", () => {
    const flow = { ...menuFlow(), variables: { brand: "Sao" } };
    expect(variablesOf(flow, CATALOGUE, indexTypes(CATALOGUE))).toEqual(["brand", "caller_number", "language"]);
  });
});

describe("shifts", () => {
  it.each([
    ["8-12, 13:30-17:30", "08:00-12:00, 13:30-17:30"],
    ["22:00 – 06:00", "22:00-06:00"],
    ["0-24", "00:00-24:00"],
    ["", ""],
  ])("reads %s", (text, written) => {
    expect(writeShifts(readShifts(text) ?? [{ start: "?", end: "?" }])).toBe(written);
  });

  it.each(["8", "25-26", "8:70-9", "morning", "24-8", "8-12,,x"])("does not guess at %s", (text) => {
    expect(readShifts(text)).toBeNull();
  });
});

describe("what a node says about itself", () => {
  const schema = CATALOGUE.types.find(({ type }) => type === "menu")?.schema ?? {};
  const summary = (data: Parameters<typeof summaryOf>[0]["data"]) =>
    summaryOf({ id: "x", type: "menu", position: { x: 0, y: 0 }, data }, schema);

  it("is what callers hear first", () => {
    expect(summary({ prompts: { vi: [{ text: "Xin chào" }, { tone: "beep" }, { text: "bấm 1" }] } })).toBe(
      "Xin chào bấm 1",
    );
  });

  it("is short, and nothing when there is nothing", () => {
    expect(summary({ prompts: { vi: [{ text: "a".repeat(300) }] } })).toHaveLength(90);
    expect(summary({ name: "Menu" })).toBe("");
  });
});
