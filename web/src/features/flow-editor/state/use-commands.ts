import { useReactFlow } from "@xyflow/react";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";
import { showToast } from "@/shared/toast/toasts";

import type { CanvasEdge, CanvasNode } from "../canvas/project";
import { align, distribute, type Alignment, type Box } from "../model/align";
import type { NodeType } from "../model/catalogue";
import { cornerOf, fragmentOf, pasting, readFragment, writeFragment, type Fragment } from "../model/clipboard";
import type { Position } from "../model/document";
import { addingNode, freePlace, nextFreePort, type Origin } from "../model/new-node";
import { portsOf } from "../model/ports";
import { removing } from "../operations/remove";
import { useEditor } from "./editor-context";
import { readClipboard, rememberClipboard } from "./own-clipboard";

const GAP = 80;
const NODE_WIDTH = 208;

/** Everything that can be done on the canvas, for buttons, menus and keys alike. */
export function useCommands() {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const { store, types } = useEditor();
  const canvas = useReactFlow<CanvasNode, CanvasEdge>();

  const boxes = (): Box[] =>
    store
      .getState()
      .nodes.filter(({ selected }) => selected === true)
      .map(({ id, position, measured }) => ({
        id,
        ...position,
        width: measured?.width ?? NODE_WIDTH,
        height: measured?.height ?? 100,
      }));

  const middle = (): Position => {
    const frame = document.querySelector(".react-flow")?.getBoundingClientRect();
    if (frame === undefined) return { x: 0, y: 0 };
    const { x, y } = canvas.screenToFlowPosition({ x: frame.x + frame.width / 2, y: frame.y + frame.height / 2 });
    return { x: x - NODE_WIDTH / 2, y: y - 50 };
  };

  /** The exit of the selected node that a new one continues, and where the new one stands. */
  const continuation = (): { origin?: Origin; position: Position } => {
    const { document: flow, selectedNodes, knownPorts, wiring } = store.getState();
    const [only, ...others] = selectedNodes();
    const node = others.length === 0 ? flow.nodes.find(({ id }) => id === only) : undefined;
    if (node === undefined) return { position: freePlace(flow, middle()) };
    const wired = wiring.get(node.id) ?? new Set();
    const port = nextFreePort(portsOf(node, types.get(node.type), knownPorts[node.id], wired), wired);
    const position = freePlace(flow, { x: node.position.x + NODE_WIDTH + GAP, y: node.position.y });
    return port === undefined ? { position } : { position, origin: { node: node.id, port } };
  };

  const add = (type: NodeType, position: Position, origin?: Origin) => {
    const { document: flow, perform, select, show } = store.getState();
    const { operation, id } = addingNode(flow, type, { name: type.label[language], position, origin });
    perform(operation);
    select([id]);
    show({ panel: "inspector" });
  };

  const paste = (fragment: Fragment, at?: Position) => {
    const { document: flow, perform, select } = store.getState();
    const corner = cornerOf(fragment.nodes);
    const offset =
      at === undefined ? { x: 40, y: 40 } : { x: Math.round(at.x - corner.x), y: Math.round(at.y - corner.y) };
    const { operation, ids } = pasting(flow, fragment, offset);
    perform(operation);
    select(ids);
  };

  const selection = () => fragmentOf(store.getState().document, new Set(store.getState().selectedNodes()));

  const remove = () => {
    const { document: flow, perform, selectedNodes, selectedEdges } = store.getState();
    const nodes = selectedNodes().filter((id) => flow.nodes.find((node) => node.id === id)?.type !== "start");
    const edges = selectedEdges();
    if (nodes.length + edges.length > 0) perform(removing(flow, new Set(nodes), new Set(edges)));
  };

  return {
    add,
    /** Add behind the selected node, or in the middle of what is seen. */
    addNext: (type: NodeType) => {
      const { position, origin } = continuation();
      add(type, position, type.decoration ? undefined : origin);
    },
    /** Open the menu of node types for what comes after the selected node. */
    openAddMenu: () => {
      const { position, origin } = continuation();
      const screen = canvas.flowToScreenPosition(position);
      store.getState().show({ addMenu: { screen, position, origin } });
    },
    remove,
    copy: (): string | null => {
      const fragment = selection();
      if (fragment.nodes.length === 0) return null;
      const text = writeFragment(fragment);
      rememberClipboard(text);
      showToast("quiet", t("copied", { count: fragment.nodes.length }));
      return text;
    },
    paste: (text = readClipboard()) => {
      const fragment = readFragment(text);
      if (fragment === null) showToast("quiet", t("nothingToPaste"));
      else paste(fragment, freePlace(store.getState().document, middle()));
    },
    duplicate: () => {
      const fragment = selection();
      if (fragment.nodes.length > 0) paste(fragment);
    },
    align: (alignment: Alignment) => {
      store.getState().perform({ type: "move-nodes", request: { positions: align(boxes(), alignment) } });
    },
    distribute: (axis: "x" | "y") => {
      store.getState().perform({ type: "move-nodes", request: { positions: distribute(boxes(), axis) } });
    },
    fit: () => void canvas.fitView({ duration: 300, maxZoom: 1, padding: 0.15 }),
    zoomIn: () => void canvas.zoomIn({ duration: 150 }),
    zoomOut: () => void canvas.zoomOut({ duration: 150 }),
    /** Bring a node to where it is seen, also above a panel that rises from the bottom. */
    follow: (id: string) => {
      const padding = globalThis.innerWidth < 576 ? ({ top: "24px", bottom: "62%" } as const) : 0.1;
      void canvas.fitView({ nodes: [{ id }], duration: 300, maxZoom: 1, minZoom: 0.6, padding });
    },
    /** Bring a node into the middle and select it. */
    reveal: (id: string) => {
      store.getState().select([id]);
      void canvas.fitView({ nodes: [{ id }], duration: 300, maxZoom: 1, minZoom: 0.6 });
    },
  };
}

export type Commands = ReturnType<typeof useCommands>;
