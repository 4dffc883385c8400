import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type RouterHistory,
} from "@tanstack/react-router";

import { includesRole, sessionOptions, type Role } from "@/shared/session/session";

import { CrashPage } from "./crash-page";
import { NotFoundPage } from "./not-found-page";
import { PageSkeleton } from "./page-skeleton";
import { startPage } from "./shell/pages";
import { SignedInLayout } from "./shell/signed-in-layout";

const root = createRootRouteWithContext<{ queries: QueryClient }>()();

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search): { next?: string } => (typeof search.next === "string" ? { next: search.next } : {}),
  component: lazyRouteComponent(() => import("@/features/login/login-page"), "LoginPage"),
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  component: SignedInLayout,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.query({ ...sessionOptions, staleTime: "static" });
    if (session !== null) return { session };
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how the router is told
    throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } });
  },
});

/** Show the page to these people; to others it does not exist. */
function only(role: Role) {
  return ({ context }: { context: { queries: QueryClient } }) => {
    const session = context.queries.getQueryData(sessionOptions.queryKey);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how the router is told
    if (!session || !includesRole(session, role)) throw redirect({ to: "/" });
  };
}

const start = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  beforeLoad: ({ context }) => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how the router is told
    throw redirect({ to: startPage(context.session) });
  },
});

const desk = createRoute({
  getParentRoute: () => signedIn,
  path: "/desk",
  component: lazyRouteComponent(() => import("@/features/agent-desktop/agent-desktop-page"), "AgentDesktopPage"),
});

const status = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/status",
  beforeLoad: only("admin"),
  component: lazyRouteComponent(() => import("@/features/status/status-page"), "StatusPage"),
});

const routeTree = root.addChildren([login, signedIn.addChildren([start, desk, status])]);

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
}
