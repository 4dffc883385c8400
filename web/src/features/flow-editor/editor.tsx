import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useState } from "react";

import { useLiveEvent } from "@/shared/live/use-live-event";
import { useSession } from "@/shared/session/session";

import type { Flow } from "./api/views";
import { AddMenuPopover } from "./canvas/add-menu";
import { FlowCanvas } from "./canvas/flow-canvas";
import { NodePalette } from "./canvas/palette";
import { SearchBox } from "./canvas/search-box";
import { SelectionBar } from "./canvas/selection-bar";
import classes from "./editor.module.css";
import { EditorBar } from "./inspector/editor-bar";
import { indexTypes, type Catalogue } from "./model/catalogue";
import { CompareBar } from "./panels/compare-bar";
import { HelpSheet } from "./panels/help-sheet";
import { ConflictDialog, LockBanner } from "./panels/lock-banner";
import { OpenPanel } from "./panels/open-panel";
import { EditorContext, useEditor, useEditorState } from "./state/editor-context";
import { EditorSession } from "./state/editor-session";
import { createEditorStore } from "./state/editor-store";
import { useShortcuts } from "./state/use-shortcuts";

interface EditorProps {
  flow: Flow;
  catalogue: Catalogue;
}

/** One open flow: its state, its dealings with the server, and everything that is seen of it. */
export function Editor({ flow, catalogue }: EditorProps) {
  const { user } = useSession();
  const [editor] = useState(() => {
    const store = createEditorStore(flow);
    return { store, session: new EditorSession(store, flow, user.id), catalogue, types: indexTypes(catalogue) };
  });
  const { session } = editor;
  useEffect(() => {
    // A moment later, because a page that is mounted twice at once must not give back the lock it has just taken.
    const timer = setTimeout(() => void session.start());
    return () => {
      clearTimeout(timer);
      session.stop();
    };
  }, [session]);
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      if (!session.autosave.isClean) event.preventDefault();
    };
    globalThis.addEventListener("beforeunload", onLeave);
    return () => {
      globalThis.removeEventListener("beforeunload", onLeave);
    };
  }, [session]);
  useLiveEvent("flow.updated", (change) => {
    if (change.id === flow.id) session.heard(change);
  });
  useLiveEvent("flow.lock_lost", ({ id }) => {
    if (id === flow.id) void session.lost();
  });
  return (
    <EditorContext value={editor}>
      <ReactFlowProvider>
        <Workbench />
      </ReactFlowProvider>
    </EditorContext>
  );
}

function Workbench() {
  useShortcuts();
  const { store } = useEditor();
  const name = useEditorState((state) => state.document.name);
  const paletteShown = useEditorState((state) => state.paletteShown);
  useEffect(() => {
    document.title = `${name} · callcenter`;
  }, [name]);
  return (
    <div className={classes.editor}>
      <EditorBar />
      <LockBanner />
      <div className={classes.work}>
        {paletteShown && <NodePalette />}
        <div className={classes.stage}>
          <FlowCanvas />
          <SearchBox />
          <CompareBar />
          <SelectionBar />
        </div>
        <OpenPanel key={store.getState().document.id} />
      </div>
      <AddMenuPopover />
      <ConflictDialog />
      <HelpSheet />
    </div>
  );
}
