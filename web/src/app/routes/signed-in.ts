import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { includesRole, sessionOptions, type Role } from "@/shared/session/session";

import { SignedInLayout } from "../shell/signed-in-layout";

export const root = createRootRouteWithContext<{ queries: QueryClient }>()();

export const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search): { next?: string } => (typeof search.next === "string" ? { next: search.next } : {}),
  component: lazyRouteComponent(() => import("../session/login-screen"), "LoginScreen"),
});

export const signedIn = createRoute({
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
export function only(role: Role) {
  return ({ context }: { context: { queries: QueryClient } }) => {
    const session = context.queries.getQueryData(sessionOptions.queryKey);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how the router is told
    if (!session || !includesRole(session, role)) throw redirect({ to: "/" });
  };
}
