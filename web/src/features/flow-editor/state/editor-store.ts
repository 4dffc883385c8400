import { createStore, type StoreApi } from "zustand/vanilla";

import type { Flow } from "../api/views";
import { createCanvasSlice, type CanvasSlice } from "./canvas-slice";
import { createDocumentSlice, type DocumentSlice } from "./document-slice";
import { createProblemsSlice, type ProblemsSlice } from "./problems-slice";
import { createSaveSlice, type SaveSlice } from "./save-slice";
import { createSelectionSlice, type SelectionSlice } from "./selection-slice";
import { createSimulationSlice, type SimulationSlice } from "./simulation-slice";
import { createViewSlice, type ViewSlice } from "./view-slice";

export type EditorState = DocumentSlice &
  CanvasSlice &
  SelectionSlice &
  ProblemsSlice &
  SaveSlice &
  SimulationSlice &
  ViewSlice;

export type EditorStore = StoreApi<EditorState>;

/** Make the state of one open flow. */
export function createEditorStore(flow: Flow): EditorStore {
  const store = createStore<EditorState>()((...parts) => ({
    ...createDocumentSlice(flow.document)(...parts),
    ...createCanvasSlice(flow.document)(...parts),
    ...createSelectionSlice(...parts),
    ...createProblemsSlice(...parts),
    ...createSaveSlice(flow)(...parts),
    ...createSimulationSlice(...parts),
    ...createViewSlice(...parts),
  }));
  store.getState().takeCheck(flow);
  return store;
}
