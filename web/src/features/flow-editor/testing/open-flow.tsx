import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
  type AnyRouter,
} from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import i18next from "i18next";
import { I18nextProvider, initReactI18next } from "react-i18next";
import { vi } from "vitest";

import { LiveProvider } from "@/shared/live/live-provider";
import { sessionOptions } from "@/shared/session/session";
import { FakeLive } from "@/shared/testing/fake-live";
import { FakeServer } from "@/shared/testing/fake-server";
import { en as shared } from "@/shared/texts/en";

import type { Flow } from "../api/views";
import { FlowEditorPage } from "../flow-editor-page";
import { CATALOGUE, menuFlow } from "./flows";
import { en } from "../texts/en";

/** Somebody else, with markup in the name. */
export const LOCK = {
  user_id: "01OTHER",
  name: "<b>Hoa</b>",
  since: "2026-11-25T03:00:00Z",
  renewed_at: "2026-11-25T03:00:00Z",
};
export const CHECKED = { problems: [], ports: {}, worst_case_s: 75 };

const noop = () => undefined;

export function flowView(more: Partial<Flow> = {}): Flow {
  const document = menuFlow();
  return {
    id: "hotline",
    name: document.name,
    document,
    revision: 7,
    published_version: 3,
    changed: false,
    lock: null,
    ...CHECKED,
    ...more,
  };
}

/** A server with one flow, and the feed. */
export function serveFlow() {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      readonly observe = noop;
      readonly unobserve = noop;
      readonly disconnect = noop;
    },
  );
  const live = new FakeLive();
  const server = new FakeServer();
  server.signIn("supervisor");
  const types = CATALOGUE.types.map(({ ports, ...type }) => ({
    ...type,
    ports: ports.static,
    dynamic_ports: ports.dynamic,
  }));
  server.answer("/api/flow-nodes", { ...CATALOGUE, types });
  server.answer("/api/flows/hotline", flowView());
  server.on("POST", "/api/flows/hotline/lock", () => Response.json({ ...LOCK, user_id: "01USER", name: "Lan" }));
  server.on("DELETE", "/api/flows/hotline/lock", () => new Response(null, { status: 204 }));
  server.on("PUT", "/api/flows/hotline/draft", ({ body }) =>
    Response.json({ ...CHECKED, revision: (body as { revision: number }).revision + 1, changed: true }),
  );
  return { server, live };
}

/** Open the flow and return the field with its name. */
export async function openFlow() {
  const i18n = i18next.createInstance();
  await i18n.use(initReactI18next).init({
    lng: "en",
    resources: { en: { flows: en, shared } },
    interpolation: { escapeValue: false },
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await queries.query(sessionOptions);
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: "/admin/flows/$flowId", component: FlowEditorPage });
  const history = createMemoryHistory({ initialEntries: ["/admin/flows/hotline"] });
  const router: AnyRouter = createRouter({ routeTree: root.addChildren([page]), history });
  render(
    <I18nextProvider i18n={i18n}>
      <MantineProvider>
        <QueryClientProvider client={queries}>
          <LiveProvider>
            <RouterProvider router={router} />
          </LiveProvider>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>,
  );
  return screen.findByLabelText(en.bar.name);
}
