import type { PhoneProblem } from "./snapshot";

/** Opens a microphone; rejects as `getUserMedia` does. */
export type OpenMicrophone = () => Promise<MediaStream>;

/** The microphone of one conversation: open no longer than it lasts. */
export class Microphone {
  private stream: MediaStream | null = null;

  constructor(private readonly request: OpenMicrophone) {}

  get isOpen(): boolean {
    return this.stream !== null;
  }

  /** Return a fresh stream, silent from the start when `muted`; the one before is closed. */
  async open(muted: boolean): Promise<MediaStream> {
    const stream = await this.request();
    stream.getAudioTracks().forEach((track) => {
      track.enabled = !muted;
    });
    this.close();
    this.stream = stream;
    return stream;
  }

  close(): void {
    this.stream?.getTracks().forEach((track) => {
      track.stop();
    });
    this.stream = null;
  }
}

/** Say why a microphone could not be opened. */
export function microphoneProblem(error: unknown): PhoneProblem {
  const missing = error instanceof Error && ["NotFoundError", "OverconstrainedError"].includes(error.name);
  return missing ? "microphone_missing" : "microphone_denied";
}
