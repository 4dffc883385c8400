import type { LiveEvents, LiveEventType } from "@/shared/live/views";

export type LiveStatus = "connecting" | "live" | "lost";

export interface LiveState {
  status: LiveStatus;
  /** Since when, milliseconds since 1970. */
  since: number;
}

type Handler = (data: never) => void;

interface Message {
  id?: string;
  type: string;
  data?: { resumed?: boolean };
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** A connection that is silent for longer is dead: the server says something every 10 s. */
const SILENCE_MS = 25_000;

/**
 * One WebSocket to the feed, kept open: it comes back with growing pauses, resumes after the last event it saw, and
 * says when that was not possible and everything has to be asked for again.
 */
export class LiveConnection {
  private socket: WebSocket | null = null;
  private lastEventId: string | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = true;
  private current: LiveState = { status: "connecting", since: Date.now() };
  private readonly handlers = new Map<string, Set<Handler>>();
  private readonly watchers = new Set<() => void>();
  private readonly resetHandlers = new Set<() => void>();

  /**
   * @param url the feed's address.
   * @param onRefused told when the server closed or refused the connection, which it does when a session is over.
   */
  constructor(
    private readonly url: string,
    private readonly onRefused: () => void = () => undefined,
  ) {}

  get state(): LiveState {
    return this.current;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    globalThis.addEventListener("online", this.retryNow);
    globalThis.addEventListener("offline", this.loseNow);
    this.open();
  }

  stop(): void {
    this.stopped = true;
    globalThis.removeEventListener("online", this.retryNow);
    globalThis.removeEventListener("offline", this.loseNow);
    clearTimeout(this.timer);
    this.drop();
  }

  /** Call `handler` with every event of a type. Returns how to stop. */
  on<T extends LiveEventType>(type: T, handler: (data: LiveEvents[T]) => void): () => void {
    const handlers = this.handlers.get(type) ?? new Set();
    this.handlers.set(type, handlers.add(handler));
    return () => {
      handlers.delete(handler);
    };
  }

  /** Call `handler` when events were missed for good. */
  onReset(handler: () => void): () => void {
    this.resetHandlers.add(handler);
    return () => this.resetHandlers.delete(handler);
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Try at once instead of after the pause. */
  readonly retryNow = (): void => {
    if (this.stopped || this.current.status === "live") return;
    this.attempts = 0;
    this.open();
  };

  private readonly loseNow = (): void => {
    this.drop();
    this.lost();
  };

  private open(): void {
    clearTimeout(this.timer);
    this.drop();
    const resume = this.lastEventId === null ? "" : `?last_event_id=${encodeURIComponent(this.lastEventId)}`;
    const socket = new WebSocket(this.url + resume);
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      if (this.socket === socket) this.take(String(data));
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.lost();
      this.onRefused();
    };
    this.timer = setTimeout(this.loseNow, SILENCE_MS);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private lost(): void {
    this.socket = null;
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.become("lost");
    const pause = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.attempts);
    this.attempts += 1;
    // Not all browsers at the same moment after the server was away.
    this.timer = setTimeout(
      () => {
        this.open();
      },
      pause * (0.75 + Math.random() / 2),
    );
  }

  private take(text: string): void {
    const message = JSON.parse(text) as Message;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.loseNow, SILENCE_MS);
    // The greeting of a resumed feed names the newest event, though what was missed is still to come.
    if (message.id !== undefined && message.data?.resumed !== true) this.lastEventId = message.id;
    if (message.type === "reset")
      this.resetHandlers.forEach((handler) => {
        handler();
      });
    if (message.type === "hello" || message.type === "reset") this.opened();
    this.handlers.get(message.type)?.forEach((handler) => {
      handler(message.data as never);
    });
  }

  private opened(): void {
    this.attempts = 0;
    this.become("live");
  }

  private become(status: LiveStatus): void {
    if (this.current.status === status) return;
    this.current = { status, since: Date.now() };
    this.watchers.forEach((watcher) => {
      watcher();
    });
  }
}
