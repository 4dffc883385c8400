import { vi } from "vitest";

import type { LiveEvents, LiveEventType } from "@/shared/live/views";

/** Stands in for the feed behind `WebSocket`: push events into it, or cut it. */
export class FakeLive {
  /** The addresses that were opened, oldest first. */
  opened: string[] = [];
  /** Let connections be opened and then say nothing. */
  silent = false;
  private socket: FakeSocket | null = null;
  private counted = 0;

  constructor() {
    const open = (socket: FakeSocket) => {
      this.opened.push(socket.url);
      this.socket = socket;
      if (!this.silent) this.push("hello", { resumed: socket.url.includes("last_event_id=") });
    };
    vi.stubGlobal(
      "WebSocket",
      class extends FakeSocket {
        constructor(url: string) {
          super(url);
          queueMicrotask(() => {
            if (!this.closed) open(this);
          });
        }
      },
    );
  }

  emit<T extends LiveEventType>(type: T, data: LiveEvents[T]): void {
    this.push(type, data);
  }

  /** Say that the events since the last one seen are gone. */
  reset(): void {
    this.push("reset", {});
  }

  /** Break the connection as a network does. */
  cut(): void {
    this.socket?.onclose?.();
  }

  private push(type: string, data: unknown): void {
    this.counted += 1;
    const message = { id: `boot-${this.counted}`, type, at: new Date().toISOString(), data };
    this.socket?.onmessage?.({ data: JSON.stringify(message) });
  }
}

class FakeSocket {
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {}

  close(): void {
    this.closed = true;
  }
}
