import { useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";

import type { FlowDocument, Json } from "../model/document";
import type { Input } from "../model/scenario";
import { flowPath, FLOWS } from "./flows";
import type { Flow, Lock, SimulationRun, TestResult, Version, VersionDocument } from "./views";

/** Take or renew the right to edit; refused (423) while somebody else has it, unless it is taken over. */
export const lockFlow = (id: string, takeOver: boolean) =>
  request<Lock>("POST", `${flowPath(id)}/lock`, { body: { take_over: takeOver } });

export const unlockFlow = (id: string) => request<undefined>("DELETE", `${flowPath(id)}/lock`);

export const publishFlow = ({ id, revision, note }: { id: string; revision: number; note: string }) =>
  request<Version>("POST", `${flowPath(id)}/publish`, { body: { revision, note } });

export function useVersions(id: string) {
  return useQuery({
    queryKey: [FLOWS, "versions", id],
    queryFn: ({ signal }) => request<Version[]>("GET", `${flowPath(id)}/versions`, { signal }),
  });
}

export const getVersion = (id: string, version: number) =>
  request<VersionDocument>("GET", `${flowPath(id)}/versions/${version}`);

export const restoreVersion = ({ id, version }: { id: string; version: number }) =>
  request<Flow>("POST", `${flowPath(id)}/versions/${version}/restore`);

/** Run a document from the beginning with everything the caller has done so far; the same always comes out. */
export const simulateFlow = (body: { document: FlowDocument; scenario: Json; inputs: readonly Input[] }) =>
  request<SimulationRun>("POST", "/api/flows/simulate", { body });

/** Run the tests that a document carries. */
export const testFlow = (document: FlowDocument) =>
  request<TestResult[]>("POST", "/api/flows/test", { body: { document } });
