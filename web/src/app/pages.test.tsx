import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import type { components } from "@/shared/api/schema.gen";
import { preferredLanguage, type Language } from "@/shared/i18n/language";
import { FakeLive } from "@/shared/testing/fake-live";
import { FakeServer } from "@/shared/testing/fake-server";

import { openPages } from "./testing/open-pages";

type ServerStatus = components["schemas"]["ServerStatus"];

const QUIET: ServerStatus = {
  name: "shop",
  version: "1.2.3",
  state: "running",
  started_at: "2026-01-05T08:00:00+00:00",
  calls_active: 2,
  calls_finished: { answered: 3, abandoned: 1 },
  phones_registered: 4,
  media_workers: 2,
  hotlines: [{ number: "1900", flow: "retail", in_service: true }],
  trunks: [{ name: "carrier-a", up: false, calls: 0 }],
  flow_problems: [],
  sip_realm: "shop.example",
  sip_listeners: [{ transport: "udp", host: "192.0.2.1", port: 5060 }],
  log_rows_waiting: 0,
};

let server: FakeServer;

beforeEach(() => {
  new FakeLive();
  server = new FakeServer();
  server.signIn("admin");
  server.answer("/api/status", QUIET);
});

const open = (language: Language = "en", path = "/admin/status") => openPages(path, language);

function panel(name: string) {
  return within(screen.getByRole("region", { name }));
}

describe("the status page", () => {
  it("shows what the server says", async () => {
    await open();
    expect(await screen.findByText("Taking calls")).toBeTruthy();
    expect(panel("Right now").getByText("Calls in progress").nextSibling?.textContent).toBe("2");
    expect(panel("Right now").getByText("Calls finished").nextSibling?.textContent).toBe("4");
    const [answered] = panel("Finished calls by outcome").getAllByRole("listitem");
    expect(answered?.textContent).toBe("Answered by a person375%");
    expect(panel("Hotlines").getByRole("listitem").textContent).toBe("1900flow retailIn service");
    expect(panel("Trunks").getByRole("listitem").textContent).toBe("carrier-a0 callsDown");
    expect(panel("Dial in with a softphone").getByText("192.0.2.1:5060")).toBeTruthy();
    expect(document.title).toBe("2 calls · shop");
  });

  it("shows markup in a flow's problems as text", async () => {
    const hostile = "<img src=x onerror=alert(1)>";
    const message = { vi: hostile, en: `node ${hostile} has no exit` };
    server.answer("/api/status", {
      ...QUIET,
      flow_problems: [{ file: `${hostile}.json`, severity: "error", code: "missing-exit", message }],
    });
    await open();
    expect(
      (await screen.findByRole("heading", { level: 3, name: `${hostile}.json` })).children[0]?.innerHTML,
    ).toContain("&lt;img");
    expect(screen.getByText(message.en)).toBeTruthy();
    expect(document.querySelector("img[src='x']")).toBeNull();
  });

  it("says that its figures are old while the server is away, and recovers by itself", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      await open();
      await screen.findByText("Taking calls");
      server.goAway();
      await act(() => vi.advanceTimersByTimeAsync(2100));
      expect(screen.getByRole("alert").textContent).toContain("The server does not answer");
      expect(screen.getByText("No contact")).toBeTruthy();
      expect(screen.getByText("carrier-a")).toBeTruthy();
      server.comeBack();
      await act(() => vi.advanceTimersByTimeAsync(2100));
      expect(screen.queryByRole("alert")).toBeNull();
      expect(screen.getByText("Taking calls")).toBeTruthy();
    } finally {
      vi.useRealTimers();
    }
  });

  it("tells how to start a server that never answered", async () => {
    server.goAway();
    await open();
    expect((await screen.findByRole("alert")).textContent).toContain("make run");
  });
});

describe("the shell", () => {
  it("changes and remembers the language", async () => {
    await open("vi");
    expect(await screen.findByText("Đang nhận cuộc gọi")).toBeTruthy();
    await userEvent.click(screen.getByRole("radio", { name: /English/ }));
    expect(await screen.findByText("Taking calls")).toBeTruthy();
    expect(document.documentElement.lang).toBe("en");
    expect(preferredLanguage()).toBe("en");
  });

  it("says that a page does not exist", async () => {
    await open("en", "/nowhere");
    expect(await screen.findByRole("heading", { name: "There is no such page" })).toBeTruthy();
  });
});
