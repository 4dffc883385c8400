import { Activity, Headset, type LucideIcon } from "lucide-react";

import { includesRole, type Role, type Session } from "@/shared/session/session";

/** A page in the navigation, and who sees it there. */
interface Page {
  to: "/desk" | "/admin/status";
  text: "desk" | "status";
  icon: LucideIcon;
  role: Role;
}

const WORK: Page[] = [{ to: "/desk", text: "desk", icon: Headset, role: "agent" }];

const ADMINISTRATION: Page[] = [{ to: "/admin/status", text: "status", icon: Activity, role: "admin" }];

const GROUPS = [
  { text: "work", pages: WORK },
  { text: "administration", pages: ADMINISTRATION },
] as const;

/** Return the groups of pages that this person sees. */
export function pagesFor(session: Session) {
  return GROUPS.map(({ text, pages }) => ({
    text,
    pages: pages.filter(({ role }) => includesRole(session, role)),
  })).filter(({ pages }) => pages.length > 0);
}

/** Where somebody lands after signing in: those who take calls at their desk. */
export function startPage(session: Session): Page["to"] {
  return session.agent || !includesRole(session, "admin") ? "/desk" : "/admin/status";
}
