import { useMutation } from "@tanstack/react-query";

import { useStores } from "@/shared/api/refs";
import { useProblemText } from "@/shared/api/use-problem-text";
import { showToast } from "@/shared/toast/toasts";

import { simulateFlow } from "../api/editing";
import { writeScenario, type Input } from "../model/scenario";
import { useEditor } from "./editor-context";
import { useCommands } from "./use-commands";

/** Return how to try the flow out: each step runs the call from the beginning with one more input. */
export function useSimulator() {
  const { store } = useEditor();
  const { follow } = useCommands();
  const stores = useStores();
  const problemText = useProblemText();
  const { mutate, isPending } = useMutation({
    mutationFn: (inputs: readonly Input[]) => {
      const { document, scenario } = store.getState();
      return simulateFlow({
        document,
        scenario: writeScenario(scenario, stores.data ?? [], document.timezone),
        inputs,
      });
    },
    retry: false,
    onSuccess: (run, inputs) => {
      store.getState().setInputs(inputs);
      store.getState().setRun(run);
      const here = run.steps.at(-1);
      if (here?.flow_id === store.getState().document.id) follow(here.node_id);
    },
    onError: (error) => {
      showToast("bad", problemText(error));
    },
  });
  return {
    isPending,
    start: () => {
      mutate([]);
    },
    send: (input: Input) => {
      mutate([...store.getState().inputs, input]);
    },
    back: () => {
      mutate(store.getState().inputs.slice(0, -1));
    },
    stop: () => {
      store.getState().setInputs([]);
      store.getState().setRun(null);
    },
  };
}

export type Simulator = ReturnType<typeof useSimulator>;
