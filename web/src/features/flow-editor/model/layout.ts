import type { ElkNode } from "elkjs/lib/elk-api";

import type { Box } from "./align";
import type { FlowEdge, Position } from "./document";

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.layered.spacing.nodeNodeBetweenLayers": "96",
  "elk.spacing.nodeNode": "40",
  "elk.spacing.componentComponent": "80",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.crossingMinimization.forceNodeModelOrder": "false",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
};

/** A box with its exits from top to bottom. */
export interface LayoutBox extends Box {
  ports: readonly string[];
}

/** Describe boxes and edges for the layout: exits stay in their order, so that lines cross as little as possible. */
export function toElk(boxes: readonly LayoutBox[], edges: readonly FlowEdge[]): ElkNode {
  const known = new Set(boxes.map(({ id }) => id));
  const portId = (node: string, port: string) => `${node}/${port}`;
  return {
    id: "root",
    layoutOptions: OPTIONS,
    children: boxes.map(({ id, width, height, ports }) => ({
      id,
      width,
      height,
      layoutOptions: { "elk.portConstraints": "FIXED_ORDER" },
      ports: [
        { id: portId(id, "in"), layoutOptions: { "elk.port.side": "WEST", "elk.port.index": "0" } },
        // ELK counts ports clockwise, the east side from top to bottom.
        ...ports.map((port, index) => ({
          id: portId(id, `out-${port}`),
          layoutOptions: { "elk.port.side": "EAST", "elk.port.index": String(index + 1) },
        })),
      ],
    })),
    edges: edges
      .filter(({ source, target, sourceHandle }) => {
        const from = boxes.find(({ id }) => id === source);
        return known.has(target) && from?.ports.includes(sourceHandle) === true;
      })
      .map(({ id, source, sourceHandle, target }) => ({
        id,
        sources: [portId(source, `out-${sourceHandle}`)],
        targets: [portId(target, "in")],
      })),
  };
}

/** Read where everything goes; the first box keeps its place, so that the view does not jump. */
export function fromElk(laidOut: ElkNode, boxes: readonly Box[]): Record<string, Position> {
  const places = new Map((laidOut.children ?? []).map(({ id, x = 0, y = 0 }) => [id, { x, y }]));
  const anchor = boxes[0];
  const anchorPlace = anchor && places.get(anchor.id);
  const shift = { x: (anchor?.x ?? 0) - (anchorPlace?.x ?? 0), y: (anchor?.y ?? 0) - (anchorPlace?.y ?? 0) };
  return Object.fromEntries(
    [...places].map(([id, { x, y }]) => [id, { x: Math.round(x + shift.x), y: Math.round(y + shift.y) }]),
  );
}
