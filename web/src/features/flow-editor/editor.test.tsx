import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";

import type { FakeLive } from "@/shared/testing/fake-live";
import type { FakeServer } from "@/shared/testing/fake-server";

import type { FlowDocument } from "./model/document";
import { menuFlow } from "./testing/flows";
import { CHECKED, flowView, LOCK, openFlow, serveFlow } from "./testing/open-flow";

let server: FakeServer;
let live: FakeLive;

beforeEach(() => {
  ({ server, live } = serveFlow());
});

const savedNames = () =>
  server.sent("PUT", "/api/flows/hotline/draft").map(({ body }) => (body as { document: FlowDocument }).document.name);
const state = () => screen.getByTestId("save-state").textContent;

describe("the open flow", () => {
  it("takes the lock, saves what is changed by itself, and undoes it", async () => {
    const name = await openFlow();
    await waitFor(() => {
      expect(server.sent("POST", "/api/flows/hotline/lock")).toHaveLength(1);
    });
    await waitFor(() => {
      expect(name).toHaveProperty("readOnly", false);
    });
    fireEvent.change(name, { target: { value: "New <i>name</i>" } });
    expect(state()).toBe("Not saved yet");
    await waitFor(() => {
      expect(state()).toBe("Saved");
    });
    expect(savedNames()).toEqual(["New <i>name</i>"]);
    fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() => {
      expect(savedNames().at(-1)).toBe("Hotline");
    });
  });

  it("shows who else edits, as text, and only looks until it is taken over", async () => {
    server.answer("/api/flows/hotline", flowView({ lock: LOCK }));
    server.refuse("POST", "/api/flows/hotline/lock", 423, "flow-locked");
    const name = await openFlow();
    expect(await screen.findByText("<b>Hoa</b> edits this flow now. You can look and try it out.")).toBeTruthy();
    fireEvent.change(name, { target: { value: "mine" } });
    expect(name).toHaveProperty("value", "Hotline");
    expect(screen.getByRole("button", { name: "Publish" })).toHaveProperty("disabled", true);
  });

  it("keeps changes that meet a newer draft and asks which one goes on", async () => {
    server.refuse("PUT", "/api/flows/hotline/draft", 409, "draft-changed");
    const name = await openFlow();
    await waitFor(() => {
      expect(name).toHaveProperty("readOnly", false);
    });
    fireEvent.change(name, { target: { value: "Mine" } });
    expect(await screen.findByText("Somebody else changed this draft")).toBeTruthy();
    expect(localStorage.getItem("callcenter.flow-draft.hotline")).toContain('"name":"Mine"');
    server.answer("/api/flows/hotline", flowView({ revision: 12 }));
    server.on("PUT", "/api/flows/hotline/draft", () => Response.json({ ...CHECKED, revision: 13, changed: true }));
    fireEvent.click(screen.getByRole("button", { name: "Go on with mine" }));
    await waitFor(() => {
      expect(state()).toBe("Saved");
    });
    expect(server.sent("PUT", "/api/flows/hotline/draft").at(-1)?.body).toMatchObject({ revision: 12 });
    expect(localStorage.getItem("callcenter.flow-draft.hotline")).toBeNull();
  });

  it("stops editing at once when somebody takes the lock over", async () => {
    const name = await openFlow();
    await waitFor(() => {
      expect(name).toHaveProperty("readOnly", false);
    });
    live.emit("flow.updated", { id: "hotline", revision: 7, published_version: 3, lock: LOCK });
    expect(await screen.findByText(/Hoa<\/b> edits this flow now/)).toBeTruthy();
    expect(name).toHaveProperty("readOnly", true);
  });

  it("puts back what this browser kept when it was closed before saving", async () => {
    const kept = { document: { ...menuFlow(), name: "Kept" }, revision: 7 };
    localStorage.setItem("callcenter.flow-draft.hotline", JSON.stringify(kept));
    const name = await openFlow();
    await waitFor(() => {
      expect(savedNames()).toEqual(["Kept"]);
    });
    expect(name).toHaveProperty("value", "Kept");
  });

  it("lets nobody publish errors", async () => {
    const problem = {
      code: "missing-exit",
      severity: "error" as const,
      node_id: "menu",
      field: null,
      message: { vi: "Thiếu", en: "An exit leads nowhere" },
    };
    server.answer("/api/flows/hotline", flowView({ problems: [problem] }));
    const name = await openFlow();
    await waitFor(() => {
      expect(name).toHaveProperty("readOnly", false);
    });
    fireEvent.click(screen.getByRole("button", { name: "Publish" }));
    expect(await screen.findByText("1 error has to be repaired first.")).toBeTruthy();
    const buttons = screen.getAllByRole("button", { name: "Publish", hidden: true });
    expect(buttons.find((button) => button.getAttribute("type") === "submit")).toHaveProperty("disabled", true);
  });
});
