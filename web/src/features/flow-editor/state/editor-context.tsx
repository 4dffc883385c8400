import { createContext, useContext } from "react";
import { useStore } from "zustand";

import type { Catalogue, NodeType } from "../model/catalogue";
import type { EditorSession } from "./editor-session";
import type { EditorState, EditorStore } from "./editor-store";

interface Editor {
  store: EditorStore;
  session: EditorSession;
  catalogue: Catalogue;
  types: ReadonlyMap<string, NodeType>;
}

export const EditorContext = createContext<Editor | null>(null);

/** Return the open flow's parts. */
export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (editor === null) throw new Error("there is no open flow here");
  return editor;
}

/** Follow a part of the open flow's state. */
export function useEditorState<T>(select: (state: EditorState) => T): T {
  return useStore(useEditor().store, select);
}
