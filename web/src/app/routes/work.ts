import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { readFilters } from "@/features/calls/model/filters";

import { startPage } from "../shell/pages";
import { signedIn } from "./signed-in";

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
  component: lazyRouteComponent(() => import("../desk-page"), "DeskPage"),
});

const live = createRoute({
  getParentRoute: () => signedIn,
  path: "/live",
  component: lazyRouteComponent(() => import("@/features/live-board/live-board-page"), "LiveBoardPage"),
});

const calls = createRoute({
  getParentRoute: () => signedIn,
  path: "/calls",
  validateSearch: readFilters,
  component: lazyRouteComponent(() => import("@/features/calls/calls-page"), "CallsPage"),
});

const call = createRoute({
  getParentRoute: () => signedIn,
  path: "/calls/$callId",
  component: lazyRouteComponent(() => import("@/features/calls/call-page"), "CallPage"),
});

const customers = createRoute({
  getParentRoute: () => signedIn,
  path: "/customers",
  validateSearch: ({ q }): { q?: string } => (typeof q === "string" || typeof q === "number" ? { q: String(q) } : {}),
  component: lazyRouteComponent(() => import("@/features/customers/customers-page"), "CustomersPage"),
});

const customer = createRoute({
  getParentRoute: () => signedIn,
  path: "/customers/$customerId",
  component: lazyRouteComponent(() => import("@/features/customers/customer-page"), "CustomerPage"),
});

const voicemails = createRoute({
  getParentRoute: () => signedIn,
  path: "/voicemails",
  component: lazyRouteComponent(() => import("@/features/voicemails/voicemails-page"), "VoicemailsPage"),
});

const callbacks = createRoute({
  getParentRoute: () => signedIn,
  path: "/callbacks",
  component: lazyRouteComponent(() => import("@/features/callbacks/callbacks-page"), "CallbacksPage"),
});

const account = createRoute({
  getParentRoute: () => signedIn,
  path: "/account",
  component: lazyRouteComponent(() => import("../session/account-screen"), "AccountScreen"),
});

/** The pages of those who take calls and look after them. */
export const workRoutes = [
  start,
  desk,
  live,
  calls,
  call,
  customers,
  customer,
  voicemails,
  callbacks,
  account,
] as const;
