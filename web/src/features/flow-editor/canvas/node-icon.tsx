import type { LucideProps } from "lucide-react";
import { createElement } from "react";

import { iconOf } from "./node-look";

/** The picture of a node type; it only decorates, the name stands beside it. */
export function NodeIcon({ name, ...look }: LucideProps & { name: string | undefined }) {
  return createElement(iconOf(name), { "aria-hidden": true, ...look });
}
