import type { StateCreator } from "zustand/vanilla";

import { project } from "../canvas/project";
import type { FlowDocument } from "../model/document";
import { edit, NO_HISTORY, redo, undo, type History } from "../model/history";
import { wiredPorts } from "../model/ports";
import type { Operation } from "../operations/operation";
import type { EditorState } from "./editor-store";

/** The flow itself and every edit of it. */
export interface DocumentSlice {
  document: FlowDocument;
  history: History;
  /** Do an edit; edits with the same `merge` in quick succession become one step. Nothing happens while reading only. */
  perform: (operation: Operation, merge?: string) => void;
  undo: () => void;
  redo: () => void;
  /** Show another document, which came from the server: there is nothing to undo. */
  replaceDocument: (document: FlowDocument) => void;
}

export const createDocumentSlice =
  (initial: FlowDocument): StateCreator<EditorState, [], [], DocumentSlice> =>
  (set, get) => {
    const become = (next: { document: FlowDocument; history: History } | null) => {
      if (next === null || get().readOnly) return;
      set({ ...next, ...drawn(next.document, get()) });
    };
    return {
      document: initial,
      history: NO_HISTORY,
      perform: (operation, merge) => {
        become(edit(get(), operation, Date.now(), merge));
      },
      undo: () => {
        become(undo(get()));
      },
      redo: () => {
        become(redo(get()));
      },
      replaceDocument: (document) => {
        set({ document, history: NO_HISTORY, ...drawn(document, get()) });
      },
    };
  };

/** Return what follows from a new document. */
function drawn(document: FlowDocument, state: EditorState) {
  const wiring = document.edges === state.document.edges ? state.wiring : wiredPorts(document);
  return { ...project(document, state), wiring };
}
