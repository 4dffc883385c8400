import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { CallEntry } from "@/features/calls/api/calls";
import type { LiveQueueView } from "@/shared/live/views";
import { FakeLive } from "@/shared/testing/fake-live";
import { FakeServer } from "@/shared/testing/fake-server";

import { openPages } from "./testing/open-pages";

let server: FakeServer;
let live: FakeLive;

beforeEach(() => {
  live = new FakeLive();
  server = new FakeServer();
  server.signIn("admin");
  for (const path of ["/api/live-queues", "/api/agents", "/api/stores", "/api/queues", "/api/break-reasons"]) {
    server.answer(path, []);
  }
});

function call(id: string, more: Partial<CallEntry> = {}): CallEntry {
  return {
    id,
    direction: "inbound",
    started_at: "2026-01-05T08:00:00Z",
    answered_at: null,
    connected_at: null,
    ended_at: null,
    duration_ms: 60_000,
    time_ms: { queue: 12_000, talk: 61_000 },
    from_number: "+84912345678",
    to_number: "19001234",
    did: null,
    outcome: "answered",
    disposition: null,
    customer: null,
    store: null,
    agent: null,
    recorded: false,
    ...more,
  };
}

describe("the call log", () => {
  it("asks for what the filters say and for the next page", async () => {
    server.on("GET", "/api/calls", ({ query }) =>
      Response.json(
        query.get("cursor") === null
          ? { items: [call("1")], next_cursor: "more" }
          : { items: [call("2", { from_number: "+84987654321", outcome: "abandoned" })], next_cursor: null },
      ),
    );
    const router = await openPages("/calls");
    expect(await screen.findByRole("link", { name: "0912 345 678" })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Show more" }));
    const row = within(await screen.findByRole("row", { name: /0987 654 321/ }));
    expect(row.getByText("Abandoned")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();

    await userEvent.type(screen.getByRole("searchbox", { name: "Phone number" }), "0912");
    await waitFor(() => {
      expect(router.state.location.search).toEqual({ number: "0912" });
    });
    await waitFor(() => {
      expect(server.sent("GET", "/api/calls").at(-1)?.query.get("number")).toBe("0912");
    });
    expect(server.sent("GET", "/api/calls").at(-1)?.query.has("from")).toBe(true);
  });

  it("says what to do when nothing matches", async () => {
    server.answer("/api/calls", { items: [], next_cursor: null });
    await openPages("/calls", "vi");
    expect(await screen.findByText("Không có cuộc gọi")).toBeTruthy();
  });
});

const QUEUE: LiveQueueView = {
  id: "q",
  code: "sales",
  name: "Sales",
  store_id: null,
  waiting: [],
  agents: { available: 1, offered: 0, on_call: 0, wrap_up: 0, break: 0, not_responding: 0, unreachable: 0, offline: 0 },
  longest_waiting_since: null,
  estimated_wait_s: null,
  today: { offered: 5, answered: 4, abandoned: 0, called_back: 1, within_target: 3, target_s: 20 },
};

describe("the live board", () => {
  it("follows events without asking again", async () => {
    server.answer("/api/live-queues", [QUEUE]);
    await openPages("/live");
    const card = within(await screen.findByRole("region", { name: "Sales" }));
    expect(card.getByText("Nobody is waiting.")).toBeTruthy();
    expect(card.getByText("75%").textContent).toBe("75%below goal");
    const waiting_since = new Date(Date.now() - 25_000).toISOString();
    act(() => {
      live.emit("queue.updated", {
        ...QUEUE,
        longest_waiting_since: waiting_since,
        waiting: [
          {
            call_id: "c",
            callback_id: null,
            number: null,
            customer_name: null,
            position: 1,
            waiting_since,
            priority: 0,
            offered_to: ["a", "b"],
          },
        ],
      });
    });
    const entry = within(await card.findByRole("list", { name: "Waiting" })).getByRole("listitem");
    expect(entry.textContent).toMatch(/^1Number withheldringing at 2 agents0:2[5-7]over target$/);
    expect(server.sent("GET", "/api/live-queues")).toHaveLength(1);
  });

  it("says that it is no longer live, and goes on by itself", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      await openPages("/live");
      live.silent = true;
      live.cut();
      await act(() => vi.advanceTimersByTimeAsync(5000));
      expect(screen.getByText(/what you see may be old/)).toBeTruthy();
      live.silent = false;
      await userEvent.click(screen.getByRole("button", { name: "Try now" }));
      await waitFor(() => {
        expect(screen.queryByText(/what you see may be old/)).toBeNull();
      });
    } finally {
      vi.useRealTimers();
    }
  });
});
