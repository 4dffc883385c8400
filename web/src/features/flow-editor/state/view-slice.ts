import type { StateCreator } from "zustand/vanilla";

import type { Change } from "../model/diff";
import { mergeForDiff } from "../model/diff";
import type { FlowDocument } from "../model/document";
import type { Origin } from "../model/new-node";
import { project, type CanvasEdge, type CanvasNode } from "../canvas/project";
import type { EditorState } from "./editor-store";

export const PANELS = ["inspector", "problems", "simulator", "versions", "settings", "tests"] as const;
export type PanelName = (typeof PANELS)[number];

/** The menu of node types, opened at a place on the screen. */
export interface AddMenu {
  screen: { x: number; y: number };
  /** Where the new node goes on the canvas. */
  position: { x: number; y: number };
  origin?: Origin | undefined;
}

/** Two versions on one graph. */
export interface Comparison {
  label: string;
  nodes: CanvasNode[];
  edges: CanvasEdge[];
  marks: ReadonlyMap<string, Change>;
  edgeMarks: ReadonlyMap<string, Change>;
  diff: ReturnType<typeof mergeForDiff>["diff"];
}

/** What is open beside the canvas. */
export interface ViewSlice {
  panel: PanelName | null;
  addMenu: AddMenu | null;
  searching: boolean;
  helpShown: boolean;
  paletteShown: boolean;
  comparison: Comparison | null;
  show: (part: Partial<Pick<ViewSlice, "panel" | "addMenu" | "searching" | "helpShown" | "paletteShown">>) => void;
  /** Show what became of `before`; null: show the draft as usual. */
  compareWith: (before: FlowDocument | null, label?: string) => void;
}

export const createViewSlice: StateCreator<EditorState, [], [], ViewSlice> = (set, get) => ({
  panel: null,
  addMenu: null,
  searching: false,
  helpShown: false,
  paletteShown: globalThis.innerWidth >= 1200,
  comparison: null,
  show: (part) => {
    set(part);
  },
  compareWith: (before, label = "") => {
    if (before === null) {
      set({ comparison: null });
      return;
    }
    const { document, marks, edgeMarks, diff } = mergeForDiff(before, get().document);
    const drawn = project(document, get());
    set({ comparison: { label, marks, edgeMarks, diff, ...drawn } });
  },
});
