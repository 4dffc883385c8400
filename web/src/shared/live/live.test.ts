import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { LiveConnection } from "@/shared/live/live-connection";
import { agents, applyChange, feedCache } from "@/shared/live/live-lists";
import type { AgentView } from "@/shared/live/views";
import { FakeLive } from "@/shared/testing/fake-live";
import { FakeServer } from "@/shared/testing/fake-server";

const URL = "ws://shop.example/api/live";

function agent(id: string, state: AgentView["state"]): AgentView {
  return { id, state, name: id } as AgentView;
}

let feed: FakeLive;
let live: LiveConnection;

beforeEach(() => {
  vi.useFakeTimers();
  feed = new FakeLive();
  live = new LiveConnection(URL);
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

describe("the connection", () => {
  it("comes back after a pause and resumes after the last event", async () => {
    live.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.state.status).toBe("live");
    feed.emit("call.ended", { id: "c1" });
    feed.cut();
    expect(live.state.status).toBe("lost");
    await vi.advanceTimersByTimeAsync(1000);
    expect(live.state.status).toBe("live");
    expect(feed.opened).toEqual([URL, `${URL}?last_event_id=boot-2`]);
  });

  it("resumes from what it saw when it is cut before what it missed came", async () => {
    live.start();
    await vi.advanceTimersByTimeAsync(0);
    feed.emit("call.ended", { id: "c1" });
    feed.cut();
    await vi.advanceTimersByTimeAsync(1000);
    feed.cut();
    await vi.advanceTimersByTimeAsync(1000);
    expect(feed.opened.at(-1)).toBe(`${URL}?last_event_id=boot-2`);
  });

  it("gives a silent connection up", async () => {
    live.start();
    await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(24_900);
    expect(live.state.status).toBe("live");
    await vi.advanceTimersByTimeAsync(200);
    expect(live.state.status).toBe("lost");
  });

  it("waits longer each time, and at once when asked to", async () => {
    live.start();
    await vi.advanceTimersByTimeAsync(0);
    feed.silent = true;
    feed.cut();
    for (let time = 0; time < 4; time += 1) {
      await vi.advanceTimersByTimeAsync(13_000);
      feed.cut();
    }
    const before = feed.opened.length;
    await vi.advanceTimersByTimeAsync(2000);
    expect(feed.opened.length).toBe(before);
    feed.silent = false;
    live.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.state.status).toBe("live");
  });

  it("gives events to those who listen, until they stop", async () => {
    const ended = vi.fn();
    const stop = live.on("call.ended", ended);
    live.start();
    await vi.advanceTimersByTimeAsync(0);
    feed.emit("call.ended", { id: "c1" });
    stop();
    feed.emit("call.ended", { id: "c2" });
    expect(ended.mock.calls).toEqual([[{ id: "c1" }]]);
  });
});

describe("the cached lists", () => {
  it("change by events", () => {
    const before = [agent("a", "available"), agent("b", "break")];
    expect(applyChange(before, { id: "a", item: agent("a", "on_call") }).map(({ state }) => state)).toEqual([
      "on_call",
      "break",
    ]);
    expect(applyChange(before, { id: "c", item: agent("c", "offline") })).toHaveLength(3);
    expect(applyChange(before, { id: "b", item: null })).toEqual([before[0]]);
  });

  it("keep what happened while the list was being asked for", async () => {
    const server = new FakeServer();
    const queries = new QueryClient();
    const stop = feedCache(live, queries);
    live.start();
    await vi.advanceTimersByTimeAsync(0);
    server.on("GET", "/api/agents", () => {
      feed.emit("agent.updated", agent("a", "on_call"));
      return Response.json([agent("a", "available"), agent("b", "break")]);
    });
    const list = await queries.query(agents.options());
    expect(list.map(({ state }) => state)).toEqual(["on_call", "break"]);
    stop();
  });

  it("are asked for again when events were lost", async () => {
    const server = new FakeServer();
    server.answer("/api/agents", [agent("a", "available")]);
    const queries = new QueryClient();
    const stop = feedCache(live, queries);
    live.start();
    await vi.advanceTimersByTimeAsync(0);
    await queries.query(agents.options());
    feed.reset();
    expect(queries.getQueryState(agents.options().queryKey)?.isInvalidated).toBe(true);
    stop();
  });
});
