import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { LiveConnection } from "@/shared/live/live-connection";
import type { AgentView, LiveCallView, LiveQueueView } from "@/shared/live/views";

interface WithId {
  id: string;
}

/** A change that came over the feed: `item` in its new shape, or gone. */
interface Change<T> {
  id: string;
  item: T | null;
}

/** How many changes are remembered while an answer is on its way. */
const REMEMBERED = 2000;

export function applyChange<T extends WithId>(items: readonly T[], { id, item }: Change<T>): T[] {
  if (item === null) return items.filter((other) => other.id !== id);
  const known = items.some((other) => other.id === id);
  return known ? items.map((other) => (other.id === id ? item : other)) : [...items, item];
}

/**
 * One list of the server, asked for once and then kept up to date by events. Changes that arrive while the list is
 * being asked for are applied to the answer, which may be older than they are.
 */
class LiveList<T extends WithId> {
  private changes: Change<T>[] = [];
  private counted = 0;

  constructor(
    readonly key: string,
    private readonly fetchAll: (signal: AbortSignal) => Promise<T[]>,
  ) {}

  readonly options = () =>
    queryOptions({
      queryKey: [this.key],
      queryFn: async ({ signal }) => {
        const before = this.counted;
        const answer = await this.fetchAll(signal);
        const missed = this.counted - before;
        const recent = missed === 0 ? [] : this.changes.slice(-missed);
        return recent.reduce<T[]>(applyChange, answer);
      },
      staleTime: 30_000,
    });

  change(queries: QueryClient, change: Change<T>): void {
    this.counted += 1;
    this.changes = [...this.changes, change].slice(-REMEMBERED);
    queries.setQueryData<T[]>([this.key], (items) => items && applyChange(items, change));
  }
}

export const agents = new LiveList<AgentView>("agents", async (signal) =>
  unwrap(await api.GET("/api/agents", { signal })),
);
export const liveQueues = new LiveList<LiveQueueView>(
  "live-queues",
  async (signal) => unwrap(await api.GET("/api/live-queues", { signal })) as LiveQueueView[],
);
export const liveCalls = new LiveList<LiveCallView>(
  "live-calls",
  async (signal) => unwrap(await api.GET("/api/live-calls", { signal })) as LiveCallView[],
);

/** Keep the lists in the cache up to date. Returns how to stop. */
export function feedCache(live: LiveConnection, queries: QueryClient): () => void {
  const stops = [
    live.on("agent.updated", (item) => {
      agents.change(queries, { id: item.id, item });
    }),
    live.on("queue.updated", (item) => {
      liveQueues.change(queries, { id: item.id, item });
    }),
    live.on("call.updated", (item) => {
      liveCalls.change(queries, { id: item.id, item });
    }),
    live.on("call.ended", ({ id }) => {
      liveCalls.change(queries, { id, item: null });
    }),
    live.onReset(() => void queries.invalidateQueries()),
  ];
  return () => {
    stops.forEach((stop) => {
      stop();
    });
  };
}

/** All agents the signed-in person may see. */
export function useAgents() {
  return useQuery(agents.options());
}

export function useLiveQueues() {
  return useQuery(liveQueues.options());
}

/** Calls in progress that the signed-in person may see. */
export function useLiveCalls() {
  return useQuery(liveCalls.options());
}
