import {
  Activity,
  BookUser,
  Headset,
  LayoutGrid,
  ListTree,
  PhoneCall,
  PhoneIncoming,
  ScrollText,
  Store,
  Tags,
  UsersRound,
  Voicemail,
  Workflow,
  type LucideIcon,
} from "lucide-react";

import { includesRole, type Role, type Session } from "@/shared/session/session";

/** Pages of the navigation, and who sees them there. */
const GROUPS = [
  {
    text: "work",
    pages: [
      page("/desk", "desk", Headset, "agent"),
      page("/live", "live", LayoutGrid, "agent"),
      page("/calls", "calls", PhoneCall, "agent"),
      page("/customers", "customers", BookUser, "agent"),
      page("/voicemails", "voicemails", Voicemail, "agent"),
      page("/callbacks", "callbacks", PhoneIncoming, "agent"),
    ],
  },
  {
    text: "administration",
    pages: [
      page("/admin/users", "users", UsersRound, "admin"),
      page("/admin/queues", "queues", ListTree, "supervisor"),
      page("/admin/flows", "flows", Workflow, "supervisor"),
      page("/admin/dispositions", "dispositions", Tags, "admin"),
      page("/admin/stores", "stores", Store, "supervisor"),
      page("/admin/audit", "audit", ScrollText, "admin"),
      page("/admin/status", "status", Activity, "admin"),
    ],
  },
] as const;

function page<To extends string, Text extends string>(to: To, text: Text, icon: LucideIcon, role: Role) {
  return { to, text, icon, role };
}

/** Return the groups of pages that this person sees. */
export function pagesFor(session: Session) {
  return GROUPS.map(({ text, pages }) => ({
    text,
    // A desk is for those who take calls.
    pages: pages.filter(({ to, role }) => includesRole(session, role) && (session.agent || to !== "/desk")),
  })).filter(({ pages }) => pages.length > 0);
}

/** Where somebody lands after signing in: those who take calls at their desk. */
export function startPage(session: Session) {
  return session.agent ? "/desk" : "/live";
}
