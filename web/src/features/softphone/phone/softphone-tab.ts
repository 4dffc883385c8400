import type { PhonePort } from "./phone-port";
import { PhoneTab } from "./phone-tab";
import { QUIET, type PhoneAction, type PhoneSnapshot } from "./snapshot";
import { Softphone, type KnownCall, type SoftphoneParts } from "./softphone";
import { Speaker } from "./speaker";

/** How often loading the phone's code is tried when the network fails. */
const LOAD_AGAIN_MS = 2000;

export interface SoftphoneTabParts extends Omit<SoftphoneParts, "port" | "speaker"> {
  /** The person: tabs of another one have nothing to do with us. */
  userId: string;
  deviceId: string;
  loadPhone: () => Promise<PhonePort>;
  chosenSpeaker: () => string;
}

/** The softphone as one tab has it: the phone itself, or a view of the tab that is the phone. */
export class SoftphoneTab {
  private readonly tab: PhoneTab | null;
  private readonly speaker: Speaker | null = null;
  private softphone: Softphone | null = null;
  private known: KnownCall | null = null;
  private closed = false;

  constructor(private readonly parts: SoftphoneTabParts) {
    if (!canBePhone()) {
      this.tab = null;
      return;
    }
    this.speaker = new Speaker(parts.chosenSpeaker);
    this.tab = new PhoneTab({
      name: `callcenter.phone.${parts.userId}`,
      elected: () => void this.elected(),
      perform: (action) => this.softphone?.act(action),
    });
  }

  get isPhone(): boolean {
    return this.tab?.isPhone ?? false;
  }

  get snapshot(): PhoneSnapshot {
    return this.tab?.snapshot ?? NOT_SECURE;
  }

  readonly watch = (watcher: () => void): (() => void) => this.tab?.watch(watcher) ?? (() => undefined);

  act(action: PhoneAction): void {
    this.tab?.act(action);
  }

  /** Take what the server says about the call of this agent; only the phone needs it. */
  know(call: KnownCall | null): void {
    this.known = call;
    this.softphone?.know(call);
  }

  /** `deviceId` lost the phone to another computer. */
  takenOver(deviceId: string): void {
    if (deviceId === this.parts.deviceId) this.softphone?.takenOver();
  }

  commandAnswer(callId: string): void {
    this.softphone?.commandAnswer(callId);
  }

  /** Other devices were chosen. */
  async devicesChanged(): Promise<void> {
    await this.speaker?.useChosenDevice();
    await this.softphone?.changeMicrophone();
  }

  /** The page goes on without a phone: somebody signed out. */
  close(): void {
    this.closed = true;
    this.softphone?.stop();
    this.tab?.close();
  }

  private async elected(): Promise<void> {
    const { tab, speaker } = this;
    if (tab === null || speaker === null) return;
    const port = await this.load();
    if (this.closed) return;
    const takenOver = tab.snapshot.line === "taken_over";
    const softphone = new Softphone({ ...this.parts, port, speaker });
    softphone.watch(() => {
      tab.publish(softphone.snapshot);
    });
    this.softphone = softphone;
    softphone.start(takenOver);
    if (this.known !== null) softphone.know(this.known);
  }

  private async load(): Promise<PhonePort> {
    for (;;) {
      try {
        return await this.parts.loadPhone();
      } catch {
        await new Promise((resolve) => {
          setTimeout(resolve, LOAD_AGAIN_MS);
        });
      }
    }
  }
}

const NOT_SECURE: PhoneSnapshot = { ...QUIET, problem: "not_secure" };

function canBePhone(): boolean {
  return (
    globalThis.isSecureContext &&
    "locks" in navigator &&
    "mediaDevices" in navigator &&
    "RTCPeerConnection" in globalThis
  );
}
