import { applyEdgeChanges, applyNodeChanges, type EdgeChange, type NodeChange } from "@xyflow/react";
import type { StateCreator } from "zustand/vanilla";

import { project, type CanvasEdge, type CanvasNode } from "../canvas/project";
import type { FlowDocument, Position } from "../model/document";
import { wiredPorts } from "../model/ports";
import type { EditorState } from "./editor-store";

/** What React Flow draws: the document, and on top of it what lasts only as long as the page. */
export interface CanvasSlice {
  nodes: CanvasNode[];
  edges: CanvasEdge[];
  /** The exits in use, by node. */
  wiring: ReadonlyMap<string, ReadonlySet<string>>;
  takeNodeChanges: (changes: NodeChange<CanvasNode>[]) => void;
  takeEdgeChanges: (changes: EdgeChange[]) => void;
}

export const createCanvasSlice =
  (initial: FlowDocument): StateCreator<EditorState, [], [], CanvasSlice> =>
  (set, get) => ({
    ...project(initial, { nodes: [], edges: [] }),
    wiring: wiredPorts(initial),
    takeNodeChanges: (changes) => {
      // What is removed goes through an edit, and comes back here from the document.
      const drawn = changes.filter(({ type }) => type !== "remove" && type !== "add" && type !== "replace");
      set({ nodes: applyNodeChanges(drawn, get().nodes) });
      const positions = settled(changes, get().document);
      if (Object.keys(positions).length > 0) {
        get().perform({ type: "move-nodes", request: { positions } }, `move:${Object.keys(positions).join()}`);
      }
    },
    takeEdgeChanges: (changes) => {
      set({
        edges: applyEdgeChanges(
          changes.filter(({ type }) => type === "select"),
          get().edges,
        ),
      });
    },
  });

/** Return where nodes were put down: dragging has ended, or an arrow key moved them. */
function settled(changes: NodeChange<CanvasNode>[], document: FlowDocument): Record<string, Position> {
  const places = new Map(document.nodes.map(({ id, position }) => [id, position]));
  const positions: Record<string, Position> = {};
  for (const change of changes) {
    if (change.type !== "position" || change.dragging === true || change.position === undefined) continue;
    const position = { x: Math.round(change.position.x), y: Math.round(change.position.y) };
    const old = places.get(change.id);
    if (old !== undefined && (old.x !== position.x || old.y !== position.y)) positions[change.id] = position;
  }
  return positions;
}
