import type { NodeType } from "./catalogue";
import type { FlowDocument, Json } from "./document";

/** A node in which the text was found, and what stands around it. */
export interface Found {
  id: string;
  excerpt: string;
}

/** Make text comparable: case and accents do not matter, so that "gio" finds "Giờ". */
export function fold(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "").replaceAll(/[đĐ]/g, "d").toLowerCase();
}

/** Find nodes by their names, ids, types and everything written in their settings. */
export function findInFlow(document: FlowDocument, types: ReadonlyMap<string, NodeType>, query: string): Found[] {
  const wanted = fold(query.trim());
  if (wanted === "") return [];
  return document.nodes.flatMap((node) => {
    const type = types.get(node.type)?.label;
    const texts = [...textsIn(node.data), node.id, ...(type === undefined ? [] : [type.vi, type.en])];
    const hit = texts.find((text) => fold(text).includes(wanted));
    return hit === undefined ? [] : [{ id: node.id, excerpt: excerpt(hit, wanted) }];
  });
}

function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const AROUND = 28;

function excerpt(text: string, wanted: string): string {
  const at = fold(text).indexOf(wanted);
  const from = Math.max(0, at - AROUND);
  const to = Math.min(text.length, at + wanted.length + AROUND);
  return `${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`;
}
