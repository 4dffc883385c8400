import { queryOptions, useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";

import type { FlowDocument } from "../model/document";
import { readCatalogue, type RawCatalogue } from "./read-catalogue";
import type { Flow, FlowSummary, SavedDraft, Template } from "./views";

export const FLOWS = "flows";

export const flowPath = (id: string) => `/api/flows/${encodeURIComponent(id)}`;

export const flowOptions = (id: string) =>
  queryOptions({
    queryKey: [FLOWS, "one", id],
    queryFn: ({ signal }) => request<Flow>("GET", flowPath(id), { signal }),
    // The editor takes over from here; a newer draft is asked for when the feed tells of one.
    staleTime: Infinity,
    gcTime: 0,
  });

export const catalogueOptions = queryOptions({
  queryKey: ["flow-nodes"],
  queryFn: async ({ signal }) => readCatalogue(await request<RawCatalogue>("GET", "/api/flow-nodes", { signal })),
  staleTime: Infinity,
});

export function useFlows() {
  return useQuery({
    queryKey: [FLOWS, "all"],
    queryFn: ({ signal }) => request<FlowSummary[]>("GET", "/api/flows", { signal }),
  });
}

export function useTemplates() {
  return useQuery({
    queryKey: ["flow-templates"],
    queryFn: ({ signal }) => request<Template[]>("GET", "/api/flow-templates", { signal }),
    staleTime: 600_000,
  });
}

export const addFlow = (body: { id: string; name: string }) => request<Flow>("POST", "/api/flows", { body });

export const removeFlow = (id: string) => request<undefined>("DELETE", flowPath(id));

interface Import {
  document: unknown;
  /** Another id than the file's. */
  asId?: string;
  /** Write over the draft of a flow that is there already, instead of refusing. */
  over?: boolean;
}

/** Take a flow in from a file, a template or another flow; it becomes a draft. */
export const importFlow = ({ document, asId, over = false }: Import) =>
  request<Flow>("POST", "/api/flows/import", {
    body: document,
    query: { as_id: asId, over: over ? "draft" : "refuse" },
  });

export const getFlow = (id: string) => request<Flow>("GET", flowPath(id));

export const saveDraft = (id: string, document: FlowDocument, revision: number) =>
  request<SavedDraft>("PUT", `${flowPath(id)}/draft`, { body: { document, revision } });
