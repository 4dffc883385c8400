import { AgentDesktopPage } from "@/features/agent-desktop/agent-desktop-page";
import { CurrentCall } from "@/features/softphone/current-call";

/** The desk with the softphone's call in it; neither knows the other. */
export function DeskPage() {
  return <AgentDesktopPage renderCall={(idle) => <CurrentCall idle={idle} />} />;
}
