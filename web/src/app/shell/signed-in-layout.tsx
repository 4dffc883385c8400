import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { FirstPasswordPage } from "@/features/account/first-password-page";
import { LiveProvider } from "@/shared/live/live-provider";
import { useMaybeSession } from "@/shared/session/session";

import { ExpiredDialog } from "../session/expired-dialog";
import { Shell } from "./shell";

const SoftphoneDock = lazy(() => import("@/features/softphone/softphone-dock"));

/**
 * What signed-in people see around every page. The softphone is here, outside the pages: a call goes on while one
 * page follows another.
 */
export function SignedInLayout() {
  const session = useMaybeSession();
  // Signing out empties the session a moment before the login page comes.
  if (session === null) return null;
  if (session.must_change_password) return <FirstPasswordPage />;
  return (
    <LiveProvider>
      <Shell session={session}>
        <Outlet />
      </Shell>
      {session.agent && (
        <Suspense fallback={null}>
          <SoftphoneDock />
        </Suspense>
      )}
      <ExpiredDialog session={session} />
    </LiveProvider>
  );
}
