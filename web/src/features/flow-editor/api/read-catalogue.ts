import type { Catalogue, Category, DynamicPorts, NodeType, PortType } from "../model/catalogue";

/** The node types as the server lists them. */
export interface RawCatalogue {
  categories: Category[];
  types: (Omit<NodeType, "ports"> & { ports: PortType[]; dynamic_ports: DynamicPorts | null })[];
  expressions: Catalogue["expressions"];
}

/** Put the two kinds of exits of each type together. */
export function readCatalogue({ categories, types, expressions }: RawCatalogue): Catalogue {
  return {
    categories,
    expressions,
    types: types.map(({ ports, dynamic_ports, ...type }) => ({
      ...type,
      ports: { static: ports, dynamic: dynamic_ports },
    })),
  };
}
