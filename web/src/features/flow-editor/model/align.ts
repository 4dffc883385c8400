import type { Position } from "./document";

/** A node as a rectangle on the canvas. */
export interface Box extends Position {
  id: string;
  width: number;
  height: number;
}

export const ALIGNMENTS = ["left", "center", "right", "top", "middle", "bottom"] as const;
export type Alignment = (typeof ALIGNMENTS)[number];

/** Return the places at which boxes stand in one line along an edge, or along their common middle. */
export function align(boxes: readonly Box[], alignment: Alignment): Record<string, Position> {
  const left = Math.min(...boxes.map(({ x }) => x));
  const right = Math.max(...boxes.map(({ x, width }) => x + width));
  const top = Math.min(...boxes.map(({ y }) => y));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  const place: Record<Alignment, (box: Box) => Position> = {
    left: ({ y }) => ({ x: left, y }),
    center: ({ y, width }) => ({ x: Math.round((left + right - width) / 2), y }),
    right: ({ y, width }) => ({ x: right - width, y }),
    top: ({ x }) => ({ x, y: top }),
    middle: ({ x, height }) => ({ x, y: Math.round((top + bottom - height) / 2) }),
    bottom: ({ x, height }) => ({ x, y: bottom - height }),
  };
  return Object.fromEntries(boxes.map((box) => [box.id, place[alignment](box)]));
}

/** Return the places at which the gaps between boxes are equal; the outermost two stay. */
export function distribute(boxes: readonly Box[], axis: "x" | "y"): Record<string, Position> {
  const size = axis === "x" ? "width" : "height";
  const ordered = [...boxes].sort((a, b) => a[axis] - b[axis]);
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (first === undefined || last === undefined || ordered.length < 3) return {};
  const taken = ordered.reduce((sum, box) => sum + box[size], 0);
  const gap = (last[axis] + last[size] - first[axis] - taken) / (ordered.length - 1);
  let at = first[axis];
  const places = ordered.map((box): [string, Position] => {
    const place = { x: box.x, y: box.y, [axis]: Math.round(at) };
    at += box[size] + gap;
    return [box.id, place];
  });
  return Object.fromEntries(places);
}
