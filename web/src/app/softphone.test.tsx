import { createMemoryHistory } from "@tanstack/react-router";
import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { customerPart, fakeAgent, fakeCall, ME, myPartOf } from "@/features/softphone/testing/fake-call";
import type { LiveCallView } from "@/shared/live/views";
import { FakeLive } from "@/shared/testing/fake-live";
import { FakeServer } from "@/shared/testing/fake-server";

import { App } from "./app";
import { createI18n } from "./i18n";
import { createQueries } from "./queries";
import { createPages } from "./router";

const QUEUE = { id: "q1", name: "Bán hàng", waiting_since: "2026-01-05T08:00:00Z", waited_s: 42 };
const RINGING = fakeCall({
  state: "offered",
  queue: QUEUE,
  keys_pressed: "14",
  participants: [customerPart(), myPartOf({ state: "ringing" })],
  actions: ["answer"],
});

let server: FakeServer;
let live: FakeLive;

beforeEach(() => {
  live = new FakeLive();
  server = new FakeServer();
  server.signIn("agent", { agent: true, extension: "1001" });
  server.answer("/api/agents", [fakeAgent()]);
  for (const path of ["/api/live-calls", "/api/live-queues", "/api/dispositions", "/api/break-reasons"]) {
    server.answer(path, []);
  }
  server.answer("/api/calls", { items: [], next_cursor: null });
  server.answer("/api/callbacks", { items: [], next_cursor: null });
  server.answer("/api/status", { hotlines: [] });
  for (const path of ["answer", "hold", "transfer"]) {
    server.on("POST", `/api/live-calls/c1/${path}`, () => Response.json(fakeCall()));
  }
});

async function open() {
  const router = createPages(createQueries(), createMemoryHistory({ initialEntries: ["/desk"] }));
  render(<App i18n={await createI18n("en")} router={router} />);
  await screen.findByRole("complementary", { name: "Softphone" });
  await screen.findByText("Nothing is ringing");
}

function tell(call: LiveCallView) {
  act(() => {
    live.emit("call.updated", call);
  });
}

describe("an agent's desk", () => {
  it("shows who calls, and why, before the call is answered", async () => {
    await open();
    tell(RINGING);
    const call = await screen.findByRole("region", { name: "Incoming call: Trần Văn Minh" });
    for (const text of ["Calls for Bán hàng", "0912 345 678", "VIP 2", "42 seconds", "14"]) {
      expect(within(call).getByText(text)).toBeTruthy();
    }
    expect(within(call).getByText(/The caller waited in Bán hàng/)).toBeTruthy();
    expect(screen.getByText("Incoming call from Trần Văn Minh")).toBeTruthy();
    await userEvent.click(within(call).getByRole("button", { name: "Answer" }));
    expect(server.sent("POST", "/api/live-calls/c1/answer")).toHaveLength(1);
  });

  it("holds and transfers through the server, by mouse and keyboard", async () => {
    server.on("GET", "/api/directory", () =>
      Response.json([{ kind: "agent", value: "a2", label: "Huy", detail: "1002", presence: "available" }]),
    );
    await open();
    tell(fakeCall());
    await screen.findByRole("region", { name: "On a call with Trần Văn Minh" });
    await userEvent.keyboard("{Alt>}h{/Alt}");
    expect(server.sent("POST", "/api/live-calls/c1/hold")).toHaveLength(1);
    await userEvent.click(screen.getByRole("button", { name: "Transfer" }));
    await userEvent.type(await screen.findByRole("combobox", { name: /Name, extension/ }), "h");
    await screen.findByRole("option", { name: /Huy/ });
    await userEvent.keyboard("{Enter}");
    await userEvent.click(screen.getByRole("button", { name: "Transfer now" }));
    expect(server.sent("POST", "/api/live-calls/c1/transfer")[0]?.body).toEqual({
      target: { kind: "agent", value: "a2" },
    });
    expect(server.sent("POST", "/api/live-calls/c1/hold")).toHaveLength(1);
  });

  it("asks for an outcome before a wrap-up ends, and saves it with the note", async () => {
    server.answer("/api/dispositions", [{ id: "1", code: "sold", label: "Đã bán", label_en: "Sold", queue_ids: null }]);
    server.on("POST", "/api/calls/c1/wrap-up", () => Response.json({ finished: true, agent: fakeAgent() }));
    const wrapUp = {
      call_id: "c1",
      queue_id: "q1",
      queue_name: "Bán hàng",
      ends_at: new Date(Date.now() + 60_000).toISOString(),
      disposition_required: true,
      can_extend: true,
      can_finish: false,
    };
    await open();
    act(() => {
      live.emit("agent.updated", fakeAgent({ id: ME, state: "wrap_up", wrap_up: wrapUp }));
    });
    const form = within(await screen.findByRole("region", { name: "Wrap-up" }));
    expect(form.getByRole<HTMLButtonElement>("button", { name: "Finish" }).disabled).toBe(true);
    await userEvent.type(form.getByRole("textbox", { name: "Note" }), "Hẹn giao thứ hai");
    await userEvent.click(form.getByRole("combobox", { name: /Outcome/ }));
    await userEvent.click(await screen.findByRole("option", { name: "Sold", hidden: true }));
    await userEvent.click(form.getByRole("button", { name: "Save and finish" }));
    await vi.waitFor(() => {
      expect(server.sent("POST", "/api/calls/c1/wrap-up")[0]?.body).toEqual({
        note: "Hẹn giao thứ hai",
        disposition: "sold",
      });
    });
    expect(await screen.findByText("Nothing is ringing")).toBeTruthy();
  });

  it("brings an agent back who missed a call", async () => {
    server.on("PUT", "/api/me/agent-state", () => Response.json(fakeAgent()));
    await open();
    act(() => {
      live.emit("agent.updated", fakeAgent({ state: "not_responding", missed_in_row: 1 }));
    });
    await userEvent.click(await screen.findByRole("button", { name: "I am back" }));
    expect(server.sent("PUT", "/api/me/agent-state")[0]?.body).toEqual({ state: "available" });
  });
});
