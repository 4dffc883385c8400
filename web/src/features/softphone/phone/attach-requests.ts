const AGAIN_MS = 3000;

/** Asks the server again and again to connect a call to this browser, until it is told to stop. */
export class AttachRequests {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ask: (callId: string) => Promise<unknown>) {}

  start(callId: string, afterMs: number): void {
    this.stop();
    this.timer = setTimeout(() => {
      // A refusal is final only when the feed says that the call is over; until then we go on asking.
      this.ask(callId).catch(() => undefined);
      this.start(callId, AGAIN_MS);
    }, afterMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
