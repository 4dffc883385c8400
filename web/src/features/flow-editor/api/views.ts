import type { Label } from "../model/catalogue";
import type { FlowDocument, Json } from "../model/document";

/** Who edits a flow at the moment. */
export interface Lock {
  user_id: string;
  name: string;
  since: string;
  renewed_at: string;
}

export interface FlowSummary {
  id: string;
  name: string;
  kind: string;
  languages: string[];
  published_version: number | null;
  draft_revision: number;
  /** The draft differs from what is published. */
  changed: boolean;
  errors: number;
  warnings: number;
  /** Telephone numbers that lead here. */
  dids: string[];
  updated_at: string;
  updated_by: string;
  lock: Lock | null;
}

export interface FlowProblem {
  code: string;
  severity: "error" | "warning";
  node_id: string | null;
  /** The setting it is about, e.g. `options[0].keys`. */
  field: string | null;
  message: Label;
}

/** A flow's draft. */
export interface Flow extends CheckResult {
  id: string;
  name: string;
  document: FlowDocument;
  revision: number;
  published_version: number | null;
  /** The draft differs from what is in service. */
  changed: boolean;
  lock: Lock | null;
}

export interface SavedDraft extends CheckResult {
  revision: number;
  changed: boolean;
}

export interface CheckResult {
  problems: FlowProblem[];
  /** The exits of every node. */
  ports: Record<string, string[]>;
  /** How long a caller is held at most before a person is rung; null: nobody is. */
  worst_case_s: number | null;
}

export interface Version {
  version: number;
  /** "" when nobody is known. */
  author: string;
  note: string;
  published_at: string;
  /** `file`: somebody changed the file itself. */
  origin: "editor" | "file";
  /** It was free of errors and went into service. */
  usable: boolean;
}

export interface VersionDocument extends Version {
  document: FlowDocument;
}

export interface Template {
  id: string;
  name: Label;
  description: Label;
  document: FlowDocument;
}

export interface SimulationStep {
  flow_id: string;
  node_id: string;
  node_name: string;
  node_type: string;
  at_ms: number;
  said: string[];
  keys: string;
  port: string | null;
  warnings: string[];
}

export interface SimulationRun {
  steps: SimulationStep[];
  /** What the call waits for; null: it is over. */
  waiting: { kind: string; node_id: string; detail: Record<string, Json> } | null;
  ended: string | null;
  /** The edges taken. */
  path: string[];
  variables: Record<string, Json>;
  tags: Record<string, string>;
  /** A test case that does the same; it only wants a name. */
  test: Record<string, Json>;
}

export interface TestResult {
  name: string;
  passed: boolean;
  failures: Label[];
}
