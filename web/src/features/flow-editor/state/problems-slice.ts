import type { StateCreator } from "zustand/vanilla";

import type { CheckResult, FlowProblem } from "../api/views";
import type { EditorState } from "./editor-store";

/** What the server found in the document as it was a moment ago. */
export interface ProblemsSlice {
  problems: readonly FlowProblem[];
  problemsByNode: ReadonlyMap<string, readonly FlowProblem[]>;
  /** The exits of each node, as the server knows them. */
  knownPorts: Readonly<Record<string, readonly string[]>>;
  worstCaseS: number | null;
  takeCheck: (result: CheckResult) => void;
}

export function byNode(problems: readonly FlowProblem[]): ReadonlyMap<string, readonly FlowProblem[]> {
  const result = new Map<string, FlowProblem[]>();
  for (const problem of problems) {
    if (problem.node_id === null) continue;
    const found = result.get(problem.node_id);
    if (found) found.push(problem);
    else result.set(problem.node_id, [problem]);
  }
  return result;
}

export const createProblemsSlice: StateCreator<EditorState, [], [], ProblemsSlice> = (set) => ({
  problems: [],
  problemsByNode: new Map(),
  knownPorts: {},
  worstCaseS: null,
  takeCheck: ({ problems, ports, worst_case_s }) => {
    set({
      problems,
      problemsByNode: byNode(problems),
      knownPorts: ports,
      worstCaseS: worst_case_s,
    });
  },
});
