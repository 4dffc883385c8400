import type { Language } from "@/shared/i18n/language";

import type { Json, NodeData } from "./document";
import type { Schema } from "./schema";

/** A text in both languages of the user interface. */
export type Label = Record<Language, string>;

export interface PortType {
  id: string;
  label: Label;
  /** An exit that has to lead somewhere. */
  required?: boolean;
}

/** Says which setting makes further exits: one per item, named by one of the item's fields. */
export interface DynamicPorts {
  setting: string;
  /** null: the items themselves are the names. */
  id_field: string | null;
  label_field: string | null;
}

/** One kind of node, as the server describes it. */
export interface NodeType {
  type: string;
  label: Label;
  help: Label;
  category: string;
  icon: string;
  /** Stands on the canvas but takes no part in calls. */
  decoration: boolean;
  ports: { static: PortType[]; dynamic: DynamicPorts | null };
  schema: Schema;
  defaults: NodeData;
}

/** What expressions may use, by their names. */
export interface ExpressionNames {
  variables: string[];
  filters: string[];
  functions: string[];
}

export interface Category {
  id: string;
  label: Label;
}

/** Everything a palette and forms are made from. */
export interface Catalogue {
  categories: Category[];
  types: NodeType[];
  expressions: ExpressionNames;
}

/** Return a lookup of node types by their names. */
export function indexTypes(catalogue: Catalogue): ReadonlyMap<string, NodeType> {
  return new Map(catalogue.types.map((type) => [type.type, type]));
}

/** Return the settings a new node of this type begins with. */
export function startingData(type: NodeType, name: string): NodeData {
  return { ...(structuredClone(type.defaults) as Record<string, Json>), name };
}
