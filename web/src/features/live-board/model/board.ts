import { AGENT_STATES, type AgentState, type AgentView, type LiveQueueView } from "@/shared/live/views";
import type { Tone } from "@/shared/ui/state-label";

/** Share answered within the target among those who were answered or gave up; null when there was nobody. */
export function serviceLevel({ answered, abandoned, within_target }: LiveQueueView["today"]): number | null {
  const counted = answered + abandoned;
  return counted === 0 ? null : within_target / counted;
}

/** What a share of calls answered in time means. Usual goals are 80 %. */
export function levelTone(level: number | null): Tone {
  if (level === null) return "quiet";
  if (level >= 0.8) return "good";
  return level >= 0.6 ? "warning" : "bad";
}

/** What a wait means, measured by the queue's target. */
export function waitTone(waitedS: number, targetS: number): Tone {
  if (waitedS <= targetS) return "good";
  return waitedS <= 3 * targetS ? "warning" : "bad";
}

/** States with somebody in them, in the order they are shown in. */
export function presentStates(agents: Partial<Record<AgentState, number>>): [state: AgentState, count: number][] {
  return AGENT_STATES.map((state): [AgentState, number] => [state, agents[state] ?? 0]).filter(
    ([, count]) => count > 0,
  );
}

/** Put queues where people wait first, the longest wait at the top; then by name. */
export function sortQueues(queues: readonly LiveQueueView[]): LiveQueueView[] {
  const since = ({ longest_waiting_since }: LiveQueueView) => longest_waiting_since ?? "9999";
  return [...queues].sort(
    (one, other) => since(one).localeCompare(since(other)) || one.name.localeCompare(other.name, "vi"),
  );
}

/** Put those who need a look first: by state, then by how long they have been in it. */
export function sortAgents(agents: readonly AgentView[]): AgentView[] {
  const order: AgentState[] = [
    "not_responding",
    "unreachable",
    "offered",
    "on_call",
    "wrap_up",
    "available",
    "break",
    "offline",
  ];
  return [...agents].sort(
    (one, other) => order.indexOf(one.state) - order.indexOf(other.state) || one.since.localeCompare(other.since),
  );
}
