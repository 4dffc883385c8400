import type { FlowDocument } from "../model/document";

const WIDTH = 200;
const HEIGHT = 80;
const MARGIN = 40;

/** Return a flow's graph as boxes and curves, in the canvas' own measure. */
export function thumbnail({ nodes, edges }: FlowDocument) {
  const boxes = nodes.map(({ id, position: { x, y } }) => ({ id, x, y, width: WIDTH, height: HEIGHT }));
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const lines = edges.flatMap(({ id, source, target }) => {
    const [from, to] = [byId.get(source), byId.get(target)];
    if (from === undefined || to === undefined) return [];
    const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
    const bend = Math.max(40, Math.abs(x2 - x1) / 2);
    return [{ id, path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }];
  });
  const left = Math.min(...boxes.map(({ x }) => x)) - MARGIN;
  const top = Math.min(...boxes.map(({ y }) => y)) - MARGIN;
  const right = Math.max(...boxes.map(({ x }) => x + WIDTH)) + MARGIN;
  const bottom = Math.max(...boxes.map(({ y }) => y + HEIGHT)) + MARGIN;
  // A single node shall not fill the whole picture.
  const [width, height] = [Math.max(right - left, 900), Math.max(bottom - top, 400)];
  const viewBox = [(left + right - width) / 2, (top + bottom - height) / 2, width, height].join(" ");
  return { viewBox, boxes, lines };
}
