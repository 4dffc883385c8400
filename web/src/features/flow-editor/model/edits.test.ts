import { describe, expect, it } from "vitest";

import { apply } from "../operations/operation";
import { CATALOGUE, menuFlow } from "../testing/flows";
import { indexTypes } from "./catalogue";
import { changingNode } from "./change-node";
import { connecting } from "./connect";
import { addingNode, freePlace, nextFreePort } from "./new-node";
import { portsOf } from "./ports";

const types = indexTypes(CATALOGUE);
const menu = types.get("menu");
if (menu === undefined) throw new Error("the catalogue has no menu");
const nodeOf = (id: string) => {
  const found = menuFlow().nodes.find((node) => node.id === id);
  if (found === undefined) throw new Error(`no node ${id}`);
  return found;
};

describe("exits", () => {
  it("are those the settings make, then those of the type", () => {
    expect(portsOf(nodeOf("menu"), menu).map(({ id, label }) => [id, label.en])).toEqual([
      ["1", "Bán hàng"],
      ["2", "Bảo hành"],
      ["no_input", "No input"],
      ["invalid", "Invalid"],
    ]);
  });

  it("are hidden when the server says so, unless an edge leaves by them", () => {
    const known = ["1", "2", "invalid"];
    expect(portsOf(nodeOf("menu"), menu, known).map(({ id }) => id)).toEqual(["1", "2", "invalid"]);
    expect(portsOf(nodeOf("menu"), menu, known, new Set(["no_input", "9"])).map(({ id }) => id)).toEqual([
      "1",
      "2",
      "no_input",
      "invalid",
      "9",
    ]);
  });

  it("offer the next one that has to lead somewhere", () => {
    const ports = portsOf(nodeOf("start"), types.get("start"));
    expect(nextFreePort(ports, new Set())).toBe("next");
    expect(nextFreePort(ports, new Set(["next"]))).toBe("error");
    expect(nextFreePort(ports, new Set(["next", "error"]))).toBeUndefined();
  });

  it("take their edges along when a key changes, and lose them with the key", () => {
    const data = (keys: string[]) => ({ options: keys.map((key) => ({ keys: key, label: "" })) });
    const ends = (keys: string[]) =>
      apply(menuFlow(), changingNode(menuFlow(), "menu", data(keys), menu))
        .edges.filter(({ source }) => source === "menu")
        .map(({ id, sourceHandle }) => `${id}:${sourceHandle}`);
    expect(ends(["1", "7"])).toEqual(["menu-1:1", "menu-2:7", "menu-no_input:no_input"]);
    expect(ends(["2", "1"])).toEqual(["menu-1:1", "menu-2:2", "menu-no_input:no_input"]);
    expect(ends(["2"])).toEqual(["menu-2:2", "menu-no_input:no_input"]);
    expect(ends(["1", "2", "3"])).toHaveLength(3);
  });
});

describe("connecting", () => {
  it("gives an exit one way only", () => {
    const again = apply(menuFlow(), connecting(menuFlow(), { source: "menu", sourceHandle: "1", target: "menu" }));
    expect(again.edges.filter(({ sourceHandle }) => sourceHandle === "1")).toEqual([
      { id: "menu-1", source: "menu", sourceHandle: "1", target: "menu" },
    ]);
  });

  it("names edges of star and hash so that files can hold them", () => {
    const wired = apply(menuFlow(), connecting(menuFlow(), { source: "menu", sourceHandle: "*", target: "bye" }));
    expect(wired.edges.at(-1)?.id).toBe("menu-star");
  });

  it("adds a node at the end of an exit", () => {
    const { operation, id } = addingNode(menuFlow(), menu, {
      name: "Menu 2",
      position: { x: 1.4, y: 2.6 },
      origin: { node: "menu", port: "invalid" },
    });
    const after = apply(menuFlow(), operation);
    expect(after.nodes.at(-1)).toMatchObject({ id: "menu_2", position: { x: 1, y: 3 }, data: { name: "Menu 2" } });
    expect(after.edges.at(-1)).toEqual({
      id: "menu-invalid",
      source: "menu",
      sourceHandle: "invalid",
      target: "menu_2",
    });
    expect(id).toBe("menu_2");
  });

  it("finds a free place", () => {
    expect(freePlace(menuFlow(), { x: 310, y: 10 })).toEqual({ x: 310, y: 70 });
  });
});
