import { Problem } from "@/shared/api/problem";

import { lockFlow, unlockFlow } from "../api/editing";
import { getFlow, saveDraft } from "../api/flows";
import type { Flow, Lock, SavedDraft } from "../api/views";
import { Autosave } from "./autosave";
import { keepBackup, readBackup, type Kept } from "./backup";
import type { EditorStore } from "./editor-store";

const RENEW_MS = 20_000;

/** An open flow's dealings with the server: saving, the edit lock, and what others do meanwhile. */
export class EditorSession {
  readonly autosave: Autosave;
  private timer: ReturnType<typeof setInterval> | undefined;
  private unsubscribe: () => void = () => undefined;
  private locked = false;
  private readonly flowId: string;

  constructor(
    private readonly store: EditorStore,
    flow: Flow,
    private readonly userId: string,
  ) {
    this.flowId = flow.id;
    this.autosave = new Autosave(
      {
        save: (document, revision) => this.send(() => saveDraft(this.flowId, document, revision)),
        keep: (kept) => {
          keepBackup(this.flowId, kept);
        },
        onState: (save) => {
          store.getState().setSave(save);
          if (save.kind === "locked") void this.findHolder();
        },
        onSaved: (revision) => {
          store.setState({ revision });
        },
      },
      flow.revision,
    );
  }

  /** Take the lock and begin to save. What this browser kept of the last time is put back. */
  async start(): Promise<void> {
    this.follow();
    await this.lock(false);
    const kept = readBackup(this.flowId);
    if (kept !== null && this.locked) this.recover(kept);
  }

  stop(): void {
    this.unsubscribe();
    clearInterval(this.timer);
    void this.autosave.flush().then(() => {
      this.autosave.stop();
      if (this.locked) void unlockFlow(this.flowId).catch(() => undefined);
    });
  }

  /** Take the lock, or renew it. */
  async lock(takeOver: boolean): Promise<void> {
    clearInterval(this.timer);
    try {
      await lockFlow(this.flowId, takeOver);
      const isNew = !this.locked;
      this.locked = true;
      this.store.getState().setLockedBy(null);
      if (takeOver && isNew) await this.catchUp();
    } catch (error) {
      if (error instanceof Problem && error.status === 423) await this.findHolder();
    }
    this.timer = setInterval(() => {
      if (this.locked) void this.lock(false);
    }, RENEW_MS);
  }

  /** Others saved, published or took the lock. */
  heard(change: { revision: number; published_version: number | null; lock: Lock | null }): void {
    const { revision, readOnly } = this.store.getState();
    this.store.setState({ publishedVersion: change.published_version });
    if (change.lock !== null && change.lock.user_id !== this.userId) this.lose(change.lock);
    else if (readOnly && change.lock === null) this.store.getState().setLockedBy(null);
    if (readOnly && change.revision > revision && this.autosave.isClean) void this.catchUp();
    if (readOnly && change.lock === null) void this.lock(false);
  }

  /** Somebody took the lock over. */
  async lost(): Promise<void> {
    if (this.locked) await this.findHolder();
  }

  /** Write over what somebody else saved. */
  async keepMine(): Promise<void> {
    const { revision } = await getFlow(this.flowId);
    this.autosave.resume(revision);
  }

  /** Take what the server has, and drop what is not saved. */
  async takeTheirs(): Promise<void> {
    const flow = await getFlow(this.flowId);
    this.autosave.discard(flow.revision);
    this.show(flow);
  }

  /** Show a draft that came from the server. */
  show(flow: Flow): void {
    // Not an edit of ours: nothing is to be saved.
    this.unsubscribe();
    this.store.getState().replaceDocument(flow.document);
    this.store.getState().takeCheck(flow);
    this.store.setState({
      revision: flow.revision,
      publishedVersion: flow.published_version,
      unpublished: flow.changed,
      comparison: null,
    });
    this.autosave.resume(flow.revision);
    this.follow();
  }

  /** Save every edit from now on. */
  private follow(): void {
    this.unsubscribe = this.store.subscribe((now, before) => {
      if (now.document !== before.document && !now.readOnly) this.autosave.changed(now.document);
    });
  }

  private async send(save: () => Promise<SavedDraft>): Promise<SavedDraft> {
    const saved = await save();
    this.store.getState().takeCheck(saved);
    this.store.setState({ unpublished: saved.changed });
    return saved;
  }

  /** Show the newest draft; unsaved changes of ours stay and are decided about. */
  private async catchUp(): Promise<void> {
    const flow = await getFlow(this.flowId);
    if (this.autosave.isClean) this.show(flow);
    else if (flow.revision === this.store.getState().revision) this.autosave.resume(flow.revision);
    else this.autosave.halt({ kind: "conflict" });
  }

  private recover(kept: Kept): void {
    const { revision, replaceDocument } = this.store.getState();
    // Newer work of somebody else: a person decides which of the two goes on.
    if (kept.revision !== revision) this.autosave.halt({ kind: "conflict" });
    replaceDocument(kept.document);
  }

  private async findHolder(): Promise<void> {
    const { lock } = await getFlow(this.flowId);
    if (lock !== null && lock.user_id !== this.userId) this.lose(lock);
  }

  private lose(lock: Lock): void {
    this.locked = false;
    this.store.getState().setLockedBy(lock);
    if (!this.autosave.isClean) this.autosave.halt({ kind: "locked" });
  }
}
