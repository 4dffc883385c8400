import { describe, expect, it } from "vitest";

import { CATALOGUE } from "../testing/flows";
import { fieldsOf, kindOf, type Schema } from "./schema";
import { emptyValue, variantsOf } from "./schema-value";

const SHIFTS: Schema = { type: "array", items: { $ref: "#/$defs/Shift" } };
const ROOT: Schema = {
  type: "object",
  required: ["source", "variable"],
  $defs: {
    Shift: { type: "object", required: ["start"], properties: { start: { type: "string" } } },
    Hours: {
      type: "object",
      properties: Object.fromEntries(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, SHIFTS])),
    },
    Own: {
      type: "object",
      properties: { kind: { const: "own", default: "own", type: "string" }, hours: { $ref: "#/$defs/Hours" } },
    },
    Store: {
      type: "object",
      required: ["store"],
      properties: {
        kind: { const: "store", default: "store", type: "string" },
        store: { type: "string", format: "store" },
      },
    },
    Mode: { enum: ["last", "score"], type: "string" },
  },
  properties: {
    variable: { type: "string", format: "variable", pattern: "^[a-z]+$" },
    source: {
      discriminator: { propertyName: "kind" },
      oneOf: [{ $ref: "#/$defs/Own" }, { $ref: "#/$defs/Store" }],
    },
    mode: { $ref: "#/$defs/Mode", default: "last", label: { vi: "Cách", en: "Mode" } },
    prefer: { anyOf: [{ type: "string", format: "expression" }, { type: "null" }], default: null },
    operand: { anyOf: [{ type: "string" }, { type: "number" }, { type: "array", items: {} }, { type: "null" }] },
    tags: { type: "array", items: { type: "string" } },
    shifts: SHIFTS,
    headers: { type: "object", additionalProperties: { type: "string" } },
    body: {},
  },
};

describe("forms from a schema", () => {
  it("find how each setting is entered", () => {
    const kinds = Object.fromEntries(fieldsOf(ROOT, ROOT).map(({ name, kind }) => [name, kind]));
    expect(kinds).toEqual({
      variable: "text",
      source: "variants",
      mode: "choice",
      prefer: "expression",
      operand: "scalar",
      tags: "texts",
      shifts: "list",
      headers: "map",
      body: "json",
    });
  });

  it("know the special fields", () => {
    const menu = CATALOGUE.types.find(({ type }) => type === "menu")?.schema ?? {};
    const kinds = Object.fromEntries(fieldsOf(menu, menu).map(({ name, kind }) => [name, kind]));
    expect(kinds).toMatchObject({ prompts: "prompts", options: "key-map", strict: "switch", no_input_s: "number" });
    expect(kindOf(ROOT.$defs?.Hours ?? {}, ROOT)).toBe("hours");
    expect(kindOf({ type: "string", format: "queue" }, ROOT)).toBe("reference");
  });

  it("follow references and keep what stands beside them", () => {
    const mode = fieldsOf(ROOT, ROOT).find(({ name }) => name === "mode");
    expect(mode?.schema).toMatchObject({ enum: ["last", "score"], default: "last", label: { en: "Mode" } });
  });

  it("tell what must be filled in and what may be left out", () => {
    const fields = fieldsOf(ROOT, ROOT);
    expect(fields.filter(({ required }) => required).map(({ name }) => name)).toEqual(["variable", "source"]);
    expect(fields.find(({ name }) => name === "prefer")?.nullable).toBe(true);
  });

  it("begin new values with what the schema asks for", () => {
    expect(emptyValue({ $ref: "#/$defs/Store" }, ROOT)).toEqual({ kind: "store", store: "" });
    expect(emptyValue({ $ref: "#/$defs/Shift" }, ROOT)).toEqual({ start: "" });
    expect(emptyValue({ type: "integer", minimum: 3 }, ROOT)).toBe(3);
    expect(variantsOf(ROOT.properties?.source ?? {}, ROOT).map(({ value }) => value)).toEqual(["own", "store"]);
  });
});
