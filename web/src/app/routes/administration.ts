import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { only, signedIn } from "./signed-in";

const users = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/users",
  beforeLoad: only("admin"),
  component: lazyRouteComponent(() => import("@/features/users/users-page"), "UsersPage"),
});

const queues = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/queues",
  beforeLoad: only("supervisor"),
  component: lazyRouteComponent(() => import("@/features/queues/queues-page"), "QueuesPage"),
});

const queue = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/queues/$queueId",
  beforeLoad: only("supervisor"),
  component: lazyRouteComponent(() => import("@/features/queues/queue-page"), "QueuePage"),
});

const flows = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/flows",
  beforeLoad: only("supervisor"),
  component: lazyRouteComponent(() => import("@/features/flow-editor/flows-page"), "FlowsPage"),
});

const flow = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/flows/$flowId",
  beforeLoad: only("supervisor"),
  staticData: { wide: true },
  component: lazyRouteComponent(() => import("@/features/flow-editor/flow-editor-page"), "FlowEditorPage"),
});

const dispositions = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/dispositions",
  beforeLoad: only("admin"),
  component: lazyRouteComponent(() => import("@/features/codes/codes-page"), "CodesPage"),
});

const stores = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/stores",
  beforeLoad: only("supervisor"),
  component: lazyRouteComponent(() => import("@/features/stores/stores-page"), "StoresPage"),
});

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/audit",
  beforeLoad: only("admin"),
  component: lazyRouteComponent(() => import("@/features/audit/audit-page"), "AuditPage"),
});

const status = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin/status",
  beforeLoad: only("admin"),
  component: lazyRouteComponent(() => import("@/features/status/status-page"), "StatusPage"),
});

/** The pages where the call center is set up. */
export const administrationRoutes = [users, queues, queue, flows, flow, dispositions, stores, audit, status] as const;
