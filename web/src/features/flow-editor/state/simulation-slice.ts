import type { StateCreator } from "zustand/vanilla";

import type { SimulationRun } from "../api/views";
import { newScenario, type Input, type Scenario } from "../model/scenario";
import type { EditorState } from "./editor-store";

/** A call that is tried out: what the world is like, what the caller did, and what came of it. */
export interface SimulationSlice {
  scenario: Scenario;
  inputs: readonly Input[];
  run: SimulationRun | null;
  /** How often each node was entered on the way, for the marks on the canvas. */
  visited: ReadonlySet<string>;
  taken: ReadonlySet<string>;
  setScenario: (part: Partial<Scenario>) => void;
  setInputs: (inputs: readonly Input[]) => void;
  setRun: (run: SimulationRun | null) => void;
}

const NOTHING: ReadonlySet<string> = new Set();

export const createSimulationSlice: StateCreator<EditorState, [], [], SimulationSlice> = (set) => ({
  scenario: newScenario(),
  inputs: [],
  run: null,
  visited: NOTHING,
  taken: NOTHING,
  setScenario: (part) => {
    set(({ scenario }) => ({ scenario: { ...scenario, ...part } }));
  },
  setInputs: (inputs) => {
    set({ inputs });
  },
  setRun: (run) => {
    set({
      run,
      visited: run === null ? NOTHING : new Set(run.steps.map(({ node_id }) => node_id)),
      taken: run === null ? NOTHING : new Set(run.path),
    });
  },
});
