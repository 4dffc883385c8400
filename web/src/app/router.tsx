import type { QueryClient } from "@tanstack/react-query";
import { createRouter, type RouterHistory } from "@tanstack/react-router";

import { CrashPage } from "./crash-page";
import { NotFoundPage } from "./not-found-page";
import { PageSkeleton } from "./page-skeleton";
import { administrationRoutes } from "./routes/administration";
import { login, root, signedIn } from "./routes/signed-in";
import { workRoutes } from "./routes/work";

const routeTree = root.addChildren([login, signedIn.addChildren([...workRoutes, ...administrationRoutes])]);

/** Return the pages; tests give a history in memory. */
export function createPages(queries: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
    defaultPendingComponent: PageSkeleton,
    defaultPendingMs: 300,
    defaultPendingMinMs: 200,
    scrollRestoration: true,
    ...(history && { history }),
  });
}

export type Pages = ReturnType<typeof createPages>;

declare module "@tanstack/react-router" {
  interface Register {
    router: Pages;
  }
  interface StaticDataRouteOption {
    /** The page needs the whole width: the navigation stays folded until it is asked for. */
    wide?: boolean;
  }
}
