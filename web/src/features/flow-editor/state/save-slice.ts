import type { StateCreator } from "zustand/vanilla";

import type { Flow, Lock } from "../api/views";
import type { SaveState } from "./autosave";
import type { EditorState } from "./editor-store";

/** Whether the draft is saved, and who may edit it. */
export interface SaveSlice {
  save: SaveState;
  revision: number;
  publishedVersion: number | null;
  /** The saved draft differs from what is in service. */
  unpublished: boolean;
  /** Who edits, when it is somebody else. */
  lockedBy: Lock | null;
  readOnly: boolean;
  setSave: (save: SaveState) => void;
  setLockedBy: (lock: Lock | null) => void;
}

export const createSaveSlice =
  ({ revision, published_version, changed }: Flow): StateCreator<EditorState, [], [], SaveSlice> =>
  (set) => ({
    save: { kind: "saved" },
    revision,
    publishedVersion: published_version,
    unpublished: changed,
    lockedBy: null,
    // Until the lock is there nothing is edited that could not be saved.
    readOnly: true,
    setSave: (save) => {
      set({ save });
    },
    setLockedBy: (lockedBy) => {
      set({ lockedBy, readOnly: lockedBy !== null });
    },
  });
