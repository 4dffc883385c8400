import { QUIET, type PhoneAction, type PhoneSnapshot } from "./snapshot";

/** What tabs of one browser tell each other. */
type TabMessage =
  { type: "snapshot"; snapshot: PhoneSnapshot } | { type: "action"; action: PhoneAction } | { type: "joined" };

export interface PhoneTabParts {
  /** Tabs of one person and browser share a name. */
  name: string;
  /** Called in the one tab that is the phone, from then on until it closes. */
  elected: () => void;
  /** Do what another tab, or this one, asks of the phone. Called only where the phone is. */
  perform: (action: PhoneAction) => void;
  locks?: LockManager;
}

/**
 * One tab of a browser is the phone, the others show what it does and pass on what is asked of it.
 *
 * The phone is who holds a Web Lock: the browser gives it to the next tab in the moment the first one closes or
 * crashes, so there is no heartbeat to wait for.
 */
export class PhoneTab {
  isPhone = false;
  snapshot: PhoneSnapshot = QUIET;
  private readonly channel: BroadcastChannel;
  private readonly leaving = new AbortController();
  private readonly watchers = new Set<() => void>();

  constructor(private readonly parts: PhoneTabParts) {
    this.channel = new BroadcastChannel(parts.name);
    this.channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      this.receive(data);
    };
    this.channel.postMessage({ type: "joined" } satisfies TabMessage);
    void this.stand(parts.locks ?? navigator.locks);
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Ask the phone to do something, wherever it is. */
  act(action: PhoneAction): void {
    if (this.isPhone) this.parts.perform(action);
    else this.channel.postMessage({ type: "action", action } satisfies TabMessage);
  }

  /** Show this from now on, in every tab. Only the phone calls it. */
  publish(snapshot: PhoneSnapshot): void {
    this.show(snapshot);
    this.channel.postMessage({ type: "snapshot", snapshot } satisfies TabMessage);
  }

  close(): void {
    this.leaving.abort();
    this.channel.close();
  }

  private async stand(locks: LockManager): Promise<void> {
    const { signal } = this.leaving;
    const hold = async (): Promise<void> => {
      if (signal.aborted) return;
      this.isPhone = true;
      this.parts.elected();
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          resolve();
        });
      });
    };
    // Rejects when we leave while another tab is the phone.
    await locks.request(this.parts.name, { signal }, hold).catch(() => undefined);
  }

  private receive(message: TabMessage): void {
    if (message.type === "snapshot") {
      if (!this.isPhone) this.show(message.snapshot);
    } else if (!this.isPhone) return;
    else if (message.type === "action") this.parts.perform(message.action);
    else this.publish(this.snapshot);
  }

  private show(snapshot: PhoneSnapshot): void {
    this.snapshot = snapshot;
    this.watchers.forEach((watcher) => {
      watcher();
    });
  }
}
