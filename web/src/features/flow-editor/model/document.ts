/** A flow as it is written in its file: React Flow's nodes and edges, and what the interpreter needs besides. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A node's settings; what is left out has the default of its type. */
export type NodeData = Record<string, Json>;

export interface Position {
  x: number;
  y: number;
}

export interface FlowNode {
  id: string;
  type: string;
  position: Position;
  width?: number;
  height?: number;
  data: NodeData;
}

export interface FlowEdge {
  id: string;
  source: string;
  /** The exit of the source that this edge leaves by. */
  sourceHandle: string;
  target: string;
}

/** What can be set about a flow as a whole. */
export interface FlowSettings {
  name: string;
  description: string;
  kind: "call" | "sub_flow";
  default_language: string;
  languages: string[];
  timezone: string;
  variables: Record<string, Json>;
  tests?: Json[];
}

export interface FlowDocument extends FlowSettings {
  schema_version: number;
  id: string;
  version: number;
  nodes: FlowNode[];
  edges: FlowEdge[];
}

/** Return the name a person gave a node, or "" . */
export function nodeName(node: FlowNode): string {
  return typeof node.data.name === "string" ? node.data.name : "";
}

/** Return a flow with nothing in it but where calls come in. */
export function emptyDocument(id: string, name: string, startName: string): FlowDocument {
  return {
    schema_version: 1,
    id,
    name,
    version: 1,
    description: "",
    kind: "call",
    default_language: "vi",
    languages: ["vi"],
    timezone: "Asia/Ho_Chi_Minh",
    variables: {},
    nodes: [{ id: "start", type: "start", position: { x: 0, y: 0 }, data: { name: startName } }],
    edges: [],
  };
}
