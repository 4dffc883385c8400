import { useQueryClient } from "@tanstack/react-query";

import { useLiveEvent } from "@/shared/live/use-live-event";

import { FLOWS, useFlows } from "./flows";

/** Ask for all flows, and again whenever somebody saves, publishes or begins to edit one. */
export function useLiveList() {
  const queries = useQueryClient();
  useLiveEvent("flow.updated", () => {
    void queries.invalidateQueries({ queryKey: [FLOWS, "all"] });
  });
  return useFlows();
}
