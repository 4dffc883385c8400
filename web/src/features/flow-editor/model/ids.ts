import type { FlowDocument } from "./document";

/** Return ids for new nodes and edges that nothing in the document has; each call gives another one. */
export function freshIds(document: Pick<FlowDocument, "nodes" | "edges">) {
  const taken = new Set([...document.nodes, ...document.edges].map(({ id }) => id));
  return (stem: string): string => {
    let id = stem;
    for (let count = 2; taken.has(id); count += 1) id = `${stem}_${count}`;
    taken.add(id);
    return id;
  };
}

/** Return the usual id of the edge that leaves a node by an exit; characters that ids may not have are spelled out. */
export function edgeStem(source: string, port: string): string {
  return `${source}-${port.replaceAll("*", "star").replaceAll("#", "hash")}`;
}

/** Turn a name into what may stand in a file name: "Tổng đài 1" becomes "tong_dai_1". */
export function slug(name: string): string {
  return name
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[đĐ]/g, "d")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, 64);
}
