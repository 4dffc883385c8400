/** Where the other side is heard. */
export interface SpeakerPort {
  /** The browser refuses to play until somebody uses the page. */
  readonly blocked: boolean;
  play(stream: MediaStream): void;
  stop(): void;
  watch(watcher: () => void): () => void;
}

/** Plays a call through the chosen loudspeaker or headset. */
export class Speaker implements SpeakerPort {
  blocked = false;
  private readonly element = new Audio();
  private readonly watchers = new Set<() => void>();

  constructor(private readonly chosenDevice: () => string) {
    this.element.autoplay = true;
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  play(stream: MediaStream): void {
    if (this.element.srcObject !== stream) this.element.srcObject = stream;
    void this.useChosenDevice();
    void this.tryPlaying();
  }

  stop(): void {
    if (this.element.srcObject === null) return;
    this.element.pause();
    this.element.srcObject = null;
    this.become(false);
  }

  async useChosenDevice(): Promise<void> {
    await setSink(this.element, this.chosenDevice());
  }

  private readonly playNow = (): void => {
    void this.tryPlaying();
  };

  private async tryPlaying(): Promise<void> {
    try {
      await this.element.play();
      this.become(false);
    } catch (error) {
      // Another stream or the end of the call came in between: nothing is wrong.
      if ((error as Error).name === "NotAllowedError") this.become(true);
    }
  }

  private become(blocked: boolean): void {
    if (this.blocked === blocked) return;
    this.blocked = blocked;
    for (const event of ["pointerdown", "keydown"] as const) {
      if (blocked) document.addEventListener(event, this.playNow);
      else document.removeEventListener(event, this.playNow);
    }
    this.watchers.forEach((watcher) => {
      watcher();
    });
  }
}

/** Let an element play through a device; "" is the system's choice. A device that was unplugged is no reason to be silent. */
export async function setSink(element: HTMLAudioElement, device: string): Promise<void> {
  if (!("setSinkId" in element) || element.sinkId === device) return;
  await element.setSinkId(device).catch(() => element.setSinkId("").catch(() => undefined));
}
