import type { FlowDocument } from "../model/document";

/** Changes that did not reach the server, and the revision they were made on. */
export interface Kept {
  document: FlowDocument;
  revision: number;
}

const key = (flowId: string) => `callcenter.flow-draft.${flowId}`;

/** Keep unsaved changes in this browser, so that closing it or losing the network loses nothing. */
export function keepBackup(flowId: string, kept: Kept | null): void {
  try {
    if (kept === null) localStorage.removeItem(key(flowId));
    else localStorage.setItem(key(flowId), JSON.stringify(kept));
  } catch {
    // Storage may be full or forbidden; the page itself still holds the changes.
  }
}

/** Return what was kept for this flow; null when nothing was, or it cannot be read. */
export function readBackup(flowId: string): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key(flowId)) ?? "null") as Partial<Kept> | null;
    if (kept?.document?.id !== flowId || !Array.isArray(kept.document.nodes)) return null;
    return { document: kept.document, revision: Number(kept.revision) };
  } catch {
    return null;
  }
}
