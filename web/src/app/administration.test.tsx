import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";

import type { Queue } from "@/features/queues/api/queues";
import { FakeLive } from "@/shared/testing/fake-live";
import { FakeServer } from "@/shared/testing/fake-server";

import { openPages } from "./testing/open-pages";

let server: FakeServer;

beforeEach(() => {
  new FakeLive();
  server = new FakeServer();
  server.signIn("admin");
  for (const path of ["/api/agents", "/api/stores", "/api/queues"]) server.answer(path, []);
});

describe("users", () => {
  it("shows the password of a new user once", async () => {
    server.answer("/api/users", { items: [], next_cursor: null });
    server.on("POST", "/api/users", ({ body }) =>
      Response.json({ user: { id: "u", ...(body as object) }, password: "only-now-1234" }, { status: 201 }),
    );
    await openPages("/admin/users");
    await userEvent.click(screen.getByRole("button", { name: "Add a user" }));
    const form = within(await screen.findByRole("dialog", { name: "Add a user" }));
    await userEvent.type(form.getByLabelText("Name"), "Minh");
    await userEvent.type(form.getByLabelText("Login"), "minh");
    await userEvent.type(form.getByLabelText("Extension"), "1007");
    await userEvent.click(form.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("only-now-1234")).toBeTruthy();
    expect(server.sent("POST", "/api/users")[0]?.body).toEqual({
      login: "minh",
      name: "Minh",
      role: "agent",
      store_ids: [],
      regions: [],
      active: true,
      extension: "1007",
    });
  });

  it("keeps a form open with what the server had against it", async () => {
    server.answer("/api/users", { items: [], next_cursor: null });
    server.refuse("POST", "/api/users", 409, "login-taken");
    await openPages("/admin/users");
    await userEvent.click(screen.getByRole("button", { name: "Add a user" }));
    const form = within(await screen.findByRole("dialog", { name: "Add a user" }));
    await userEvent.type(form.getByLabelText("Name"), "Minh");
    await userEvent.type(form.getByLabelText("Login"), "minh");
    await userEvent.click(form.getByRole("button", { name: "Save" }));
    expect((await form.findByRole("alert")).textContent).toContain("Somebody else already has this login.");
    expect(form.getByLabelText("Login")).toHaveProperty("value", "minh");
  });
});

describe("a queue", () => {
  it("is saved with what was changed and everything else as it was", async () => {
    const settings = {
      strategy: "longest_idle",
      ring_s: 15,
      hours: {
        always_open: true,
        weekdays: {},
        exceptions: {},
        closed_on_holidays: false,
        country: "VN",
        timezone: "UTC",
      },
      announcements: { position: true },
      estimate: { method: "average" },
      callback: { key: "1", mode: "agent_first" },
      wrap_up: { mode: "timed", seconds: 15 },
    } as unknown as Queue["settings"];
    const queue: Queue = {
      id: "q",
      code: "sales",
      name: "Bán hàng",
      name_en: "Sales",
      store_id: null,
      enabled: true,
      implied: false,
      settings,
      members: [],
    };
    server.answer("/api/queues/q", queue);
    server.on("PUT", "/api/queues/q", ({ body }) => Response.json({ ...queue, ...(body as object) }));
    await openPages("/admin/queues/q");
    expect(await screen.findByText("Nobody is in this queue")).toBeTruthy();
    await userEvent.click(screen.getByRole("tab", { name: "Settings" }));
    const save = screen.getByRole("button", { name: "Save" });
    expect(save).toHaveProperty("disabled", true);
    const seconds = screen.getByLabelText("At most");
    await userEvent.clear(seconds);
    await userEvent.type(seconds, "40");
    expect(screen.getByText("There are changes that are not saved.")).toBeTruthy();
    await userEvent.click(save);
    await screen.findByText("Saved");
    expect(server.sent("PUT", "/api/queues/q")[0]?.body).toEqual({
      code: "sales",
      name: "Bán hàng",
      name_en: "Sales",
      store_id: null,
      enabled: true,
      settings: { ...settings, wrap_up: { mode: "timed", seconds: 40 } },
    });
  });
});
