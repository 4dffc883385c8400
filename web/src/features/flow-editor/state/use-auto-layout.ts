import { useReactFlow } from "@xyflow/react";
import type { ELK } from "elkjs/lib/elk-api";

import { fromElk, toElk, type LayoutBox } from "../model/layout";
import { portsOf } from "../model/ports";
import { useEditor } from "./editor-context";

let engine: Promise<ELK> | null = null;

/** Fetch the layout engine when it is first needed; it works in a thread of its own. */
function loadEngine(): Promise<ELK> {
  engine ??= Promise.all([import("elkjs/lib/elk-api.js"), import("elkjs/lib/elk-worker.min.js?url")]).then(
    ([{ default: Engine }, { default: workerUrl }]) => new Engine({ workerUrl }),
  );
  return engine;
}

/** Return a function that arranges all nodes from left to right, or only the selected ones. */
export function useAutoLayout(): () => Promise<void> {
  const { store, types } = useEditor();
  const canvas = useReactFlow();
  return async () => {
    const { nodes, document: flow, selectedNodes, knownPorts, wiring } = store.getState();
    const chosen = new Set(selectedNodes());
    const boxes = nodes
      .filter(({ id, type }) => type !== "note" && (chosen.size < 2 || chosen.has(id)))
      .map(({ id, position, measured, data }): LayoutBox => {
        const ports = portsOf(data.node, types.get(data.node.type), knownPorts[id], wiring.get(id));
        return {
          id,
          ...position,
          width: measured?.width ?? 208,
          height: measured?.height ?? 60 + ports.length * 24,
          ports: ports.map((port) => port.id),
        };
      });
    if (boxes.length === 0) return;
    const positions = fromElk(await (await loadEngine()).layout(toElk(boxes, flow.edges)), boxes);
    store.getState().perform({ type: "move-nodes", request: { positions } });
    if (chosen.size < 2) requestAnimationFrame(() => void canvas.fitView({ duration: 300, maxZoom: 1, padding: 0.15 }));
  };
}
