import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { reportUnauthenticated } from "@/shared/api/credentials";
import { FakeLive } from "@/shared/testing/fake-live";
import { FakeServer } from "@/shared/testing/fake-server";

import { openPages } from "./testing/open-pages";

let server: FakeServer;

beforeEach(() => {
  new FakeLive();
  server = new FakeServer();
  server.answer("/api/live-queues", []);
  server.answer("/api/agents", []);
  server.answer("/api/customers", { items: [], next_cursor: null });
});

async function signIn(login = "lan", password = "secret words") {
  await userEvent.type(screen.getByLabelText("Login"), login);
  await userEvent.type(screen.getByLabelText("Password"), password);
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
}

function letIn() {
  server.on("POST", "/api/session", () => {
    server.signIn("supervisor");
    return Response.json({
      user: { id: "01USER", login: "lan", name: "Lan", role: "supervisor", store_ids: [] },
      permissions: [],
      csrf_token: "token-of-lan",
      extension: null,
      agent: false,
      timezone: "Asia/Ho_Chi_Minh",
      must_change_password: false,
    });
  });
}

describe("the login page", () => {
  beforeEach(() => {
    server.refuse("GET", "/api/session", 401, "not-signed-in");
  });

  it("leads back to the page that was wanted", async () => {
    letIn();
    const router = await openPages("/customers?q=an");
    await signIn("  Lan ");
    await screen.findByRole("heading", { level: 1, name: "Customers" });
    expect(router.state.location.href).toBe("/customers?q=an");
    expect(server.sent("POST", "/api/session")[0]?.body).toEqual({ login: "lan", password: "secret words" });
  });

  it("does not lead to other hosts", async () => {
    letIn();
    const router = await openPages("/login?next=//evil.example/");
    await signIn();
    await screen.findByRole("heading", { level: 1, name: "Queues live" });
    expect(router.state.location.pathname).toBe("/live");
  });

  it("says that the password is wrong", async () => {
    server.refuse("POST", "/api/session", 401, "sign-in-refused");
    await openPages("/login");
    await signIn();
    expect((await screen.findByRole("alert")).textContent).toContain("The login or the password is wrong.");
  });

  it("counts down when there were too many attempts, and then lets try again", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      server.refuse("POST", "/api/session", 429, "too-many-attempts", { "Retry-After": "3" });
      await openPages("/login");
      await signIn();
      expect((await screen.findByRole("alert")).textContent).toContain("Try again in");
      expect(screen.getByRole("button", { name: "Sign in" })).toHaveProperty("disabled", true);
      await act(() => vi.advanceTimersByTimeAsync(4000));
      await waitFor(() => {
        expect(screen.queryByRole("alert")).toBeNull();
      });
      expect(screen.getByRole("button", { name: "Sign in" })).toHaveProperty("disabled", false);
    } finally {
      vi.useRealTimers();
    }
  });

  it("sends nothing while a field is empty", async () => {
    await openPages("/login", "vi");
    await userEvent.click(screen.getByRole("button", { name: "Đăng nhập" }));
    expect(screen.getAllByText("Vui lòng nhập mục này.")).toHaveLength(2);
    expect(server.sent("POST", "/api/session")).toEqual([]);
  });
});

describe("a session", () => {
  it("asks for a password of one's own first", async () => {
    server.signIn("admin", { must_change_password: true });
    await openPages("/admin/users");
    expect(screen.getByRole("heading", { name: "Choose your password" })).toBeTruthy();
    expect(screen.queryByRole("navigation")).toBeNull();
  });

  it("that ran out is taken up again without losing what was typed", async () => {
    server.signIn("supervisor");
    await openPages("/customers");
    const field = screen.getByRole("searchbox", { name: /Name, number/ });
    await userEvent.type(field, "half a na");
    act(reportUnauthenticated);
    const dialog = await screen.findByRole("dialog", { name: "Please sign in again" });
    letIn();
    await userEvent.type(within(dialog).getByLabelText("Password"), "secret words");
    await userEvent.click(within(dialog).getByRole("button", { name: "Sign in" }));
    await waitFor(() => {
      expect(screen.queryByRole("dialog")).toBeNull();
    });
    expect(field).toHaveProperty("value", "half a na");
  });

  it("is over after signing out, with the CSRF token sent", async () => {
    server.signIn("supervisor");
    server.on("DELETE", "/api/session", () => new Response(null, { status: 204 }));
    await openPages("/live");
    await userEvent.click(screen.getByTitle(/Lan: account/));
    await userEvent.click(await screen.findByText("Sign out"));
    await screen.findByRole("heading", { name: "Sign in" });
    expect(server.sent("DELETE", "/api/session")[0]?.headers.get("X-CSRF-Token")).toBe("token-of-lan");
  });
});

describe("the navigation", () => {
  it("shows people what they work with and nothing else; no desk without an extension", async () => {
    server.signIn("agent");
    await openPages("/live");
    const pages = within(screen.getByRole("navigation")).getAllByRole("link");
    expect(pages.map(({ textContent }) => textContent)).toEqual([
      "Queues live",
      "Calls",
      "Customers",
      "Voicemail",
      "Call-backs",
    ]);
  });

  it("sends people away from pages that are not theirs", async () => {
    server.signIn("agent");
    const router = await openPages("/admin/users");
    expect(router.state.location.pathname).toBe("/live");
  });
});
