import type { StateCreator } from "zustand/vanilla";

import type { EditorState } from "./editor-store";

/** What is chosen on the canvas. React Flow keeps it with its nodes; this slice chooses and asks. */
export interface SelectionSlice {
  /** Choose these nodes and nothing else. */
  select: (ids: readonly string[]) => void;
  selectAll: () => void;
  selectedNodes: () => string[];
  selectedEdges: () => string[];
}

export const createSelectionSlice: StateCreator<EditorState, [], [], SelectionSlice> = (set, get) => ({
  select: (ids) => {
    const chosen = new Set(ids);
    set(({ nodes, edges }) => ({
      nodes: nodes.map((node) => chooseIf(node, chosen.has(node.id))),
      edges: edges.map((edge) => chooseIf(edge, false)),
    }));
  },
  selectAll: () => {
    get().select(get().nodes.map(({ id }) => id));
  },
  selectedNodes: () => get().nodes.flatMap(({ id, selected }) => (selected === true ? [id] : [])),
  selectedEdges: () => get().edges.flatMap(({ id, selected }) => (selected === true ? [id] : [])),
});

function chooseIf<T extends { selected?: boolean }>(item: T, selected: boolean): T {
  return (item.selected ?? false) === selected ? item : { ...item, selected };
}
