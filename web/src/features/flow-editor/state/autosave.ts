import { isPassing, Problem } from "@/shared/api/problem";

import type { FlowDocument } from "../model/document";

/** What has become of the latest changes. */
export type SaveState =
  | { kind: "saved" }
  | { kind: "dirty" }
  | { kind: "saving" }
  /** The server is away; the changes are kept in this browser and sent when it is back. */
  | { kind: "waiting" }
  /** Somebody saved a newer draft. */
  | { kind: "conflict" }
  /** Somebody else edits this flow now. */
  | { kind: "locked" }
  | { kind: "refused"; error: unknown };

export interface AutosavePorts {
  save: (document: FlowDocument, revision: number) => Promise<{ revision: number }>;
  /** Keep what is not saved yet in this browser; null: everything is saved. */
  keep: (kept: { document: FlowDocument; revision: number } | null) => void;
  onState: (state: SaveState) => void;
  onSaved: (revision: number) => void;
}

const PAUSE_MS = 600;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;

/**
 * Saves the draft a moment after each change, one request at a time. What was refused because of somebody else's work
 * is never sent again by itself: a person decides, and until then it stays in this browser.
 */
export class Autosave {
  private pending: FlowDocument | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending = false;
  private halted = false;
  private retryMs = FIRST_RETRY_MS;

  constructor(
    private readonly ports: AutosavePorts,
    private revision: number,
  ) {}

  /** Tell that the document changed. */
  changed(document: FlowDocument): void {
    this.pending = document;
    this.ports.keep({ document, revision: this.revision });
    if (this.halted) return;
    if (!this.sending) this.ports.onState({ kind: "dirty" });
    this.schedule(PAUSE_MS);
  }

  /** Save now instead of in a moment. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    if (!this.sending && !this.halted) await this.send();
  }

  /** Go on from another revision: the next save writes over it. */
  resume(revision: number): void {
    this.revision = revision;
    this.halted = false;
    this.retryMs = FIRST_RETRY_MS;
    if (this.pending === null) this.ports.onState({ kind: "saved" });
    else this.schedule(0);
  }

  /** Forget what is not saved: the document of that revision was taken instead. */
  discard(revision: number): void {
    this.pending = null;
    this.ports.keep(null);
    this.resume(revision);
  }

  /** Send nothing until {@link resume}. */
  halt(state: SaveState): void {
    this.halted = true;
    clearTimeout(this.timer);
    this.ports.onState(state);
  }

  get isClean(): boolean {
    return this.pending === null;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.halted = true;
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  private async send(): Promise<void> {
    const document = this.pending;
    if (document === null) return;
    this.sending = true;
    this.ports.onState({ kind: "saving" });
    try {
      const { revision } = await this.ports.save(document, this.revision);
      this.sending = false;
      this.saved(document, revision);
    } catch (error) {
      this.sending = false;
      this.failed(error);
    }
  }

  private saved(document: FlowDocument, revision: number): void {
    this.revision = revision;
    this.retryMs = FIRST_RETRY_MS;
    this.ports.onSaved(revision);
    if (this.pending === document) {
      this.pending = null;
      this.ports.keep(null);
      if (!this.halted) this.ports.onState({ kind: "saved" });
    } else if (!this.halted) this.schedule(PAUSE_MS);
  }

  private failed(error: unknown): void {
    if (this.halted) return;
    if (error instanceof Problem && error.status === 423) this.halt({ kind: "locked" });
    else if (error instanceof Problem && error.status === 409) this.halt({ kind: "conflict" });
    else if (isPassing(error) || (error instanceof Problem && error.status === 401)) {
      this.ports.onState({ kind: "waiting" });
      this.schedule(this.retryMs);
      this.retryMs = Math.min(LONGEST_RETRY_MS, this.retryMs * 2);
    } else this.ports.onState({ kind: "refused", error });
  }
}
