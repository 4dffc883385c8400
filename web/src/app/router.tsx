import { createRootRoute, createRoute, createRouter, type RouterHistory } from "@tanstack/react-router";

import { StatusPage } from "@/features/status/status-page";

import { CrashPage } from "./crash-page";
import { NotFoundPage } from "./not-found-page";
import { Shell } from "./shell/shell";

const root = createRootRoute({ component: Shell });

const status = createRoute({ getParentRoute: () => root, path: "/", component: StatusPage });

const routeTree = root.addChildren([status]);

/** Return the pages; tests give a history in memory. */
export function createPages(history?: RouterHistory) {
  return createRouter({
    routeTree,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
    ...(history && { history }),
  });
}

export type Pages = ReturnType<typeof createPages>;

declare module "@tanstack/react-router" {
  interface Register {
    router: Pages;
  }
}
