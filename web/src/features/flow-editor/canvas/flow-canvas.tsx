import "@xyflow/react/dist/style.css";

import {
  Background,
  BackgroundVariant,
  MiniMap,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  type Connection,
  type Edge,
  type FinalConnectionState,
} from "@xyflow/react";
import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { connecting } from "../model/connect";
import { canBeEntered } from "../model/ports";
import { useEditor, useEditorState } from "../state/editor-context";
import { useCommands } from "../state/use-commands";
import classes from "./flow-canvas.module.css";
import { NoteNode } from "./note-node";
import { DRAGGED_TYPE } from "./palette";
import { StepNode } from "./step-node";
import { ViewButtons } from "./view-buttons";

const NODE_TYPES = { step: StepNode, note: NoteNode };
const MANY_NODES = 150;

/** The graph: drawn by React Flow, changed by operations only. */
export function FlowCanvas() {
  const { t } = useTranslation("flows");
  const scheme = useComputedColorScheme("light");
  const { store, types } = useEditor();
  const { add, follow } = useCommands();
  const { screenToFlowPosition } = useReactFlow();
  const nodes = useEditorState((state) => state.comparison?.nodes ?? state.nodes);
  const edges = useShownEdges();
  const fixed = useEditorState((state) => state.readOnly || state.comparison !== null);
  const { takeNodeChanges, takeEdgeChanges, perform, show } = store.getState();

  const wire = ({ source, sourceHandle, target }: Connection) => {
    if (sourceHandle !== null) perform(connecting(store.getState().document, { source, sourceHandle, target }));
  };
  const isFitting = ({ target }: Connection | Edge) => {
    const node = store.getState().document.nodes.find(({ id }) => id === target);
    return node !== undefined && canBeEntered(node.type, types);
  };
  const onConnectEnd = (event: MouseEvent | TouchEvent, { isValid, toNode, fromHandle }: FinalConnectionState) => {
    if (isValid === true || toNode !== null || fromHandle?.id == null || fromHandle.type !== "source") return;
    const point = "changedTouches" in event ? event.changedTouches[0] : event;
    if (point === undefined) return;
    const screen = { x: point.clientX, y: point.clientY };
    const { x, y } = screenToFlowPosition(screen);
    show({
      addMenu: { screen, position: { x, y: y - 26 }, origin: { node: fromHandle.nodeId, port: fromHandle.id } },
    });
  };
  return (
    <div className={classes.canvas} data-testid="canvas" role="application" aria-label={t("view.canvas")}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        colorMode={scheme}
        onNodesChange={takeNodeChanges}
        onEdgesChange={takeEdgeChanges}
        onConnect={wire}
        onReconnect={(edge, { source, sourceHandle, target }) => {
          if (sourceHandle === null) return;
          perform({ type: "rewire", request: { id: edge.id, source, sourceHandle, target } });
        }}
        onConnectEnd={onConnectEnd}
        isValidConnection={isFitting}
        onNodeDoubleClick={() => {
          show({ panel: "inspector" });
        }}
        onNodeClick={(_event, node) => {
          if (node.type === "note") return;
          show({ panel: store.getState().panel === "simulator" ? "simulator" : "inspector" });
          if (globalThis.innerWidth < 576) follow(node.id);
        }}
        onDragOver={(event) => {
          event.preventDefault();
          event.dataTransfer.dropEffect = "copy";
        }}
        onDrop={(event) => {
          const type = types.get(event.dataTransfer.getData(DRAGGED_TYPE));
          if (type === undefined) return;
          event.preventDefault();
          const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY });
          add(type, { x: x - 104, y: y - 26 });
        }}
        nodesDraggable={!fixed}
        nodesConnectable={!fixed}
        edgesReconnectable={!fixed}
        elementsSelectable
        deleteKeyCode={null}
        multiSelectionKeyCode={["Shift", "Meta", "Control"]}
        selectionMode={SelectionMode.Partial}
        onlyRenderVisibleElements={nodes.length > MANY_NODES}
        defaultEdgeOptions={{ interactionWidth: 22 }}
        snapToGrid
        snapGrid={[10, 10]}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.15 }}
        minZoom={0.1}
        maxZoom={2}
        zoomOnDoubleClick={false}
        proOptions={{ hideAttribution: false }}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.4} />
        <MiniMap pannable zoomable ariaLabel={t("view.map")} className={classes.map ?? ""} nodeBorderRadius={8} />
        <ViewButtons />
      </ReactFlow>
    </div>
  );
}

/** Edges with what is to be seen of them: the way a tried-out call took, or what differs between versions. */
function useShownEdges() {
  const edges = useEditorState((state) => state.comparison?.edges ?? state.edges);
  const marks = useEditorState((state) => state.comparison?.edgeMarks);
  const taken = useEditorState((state) => state.taken);
  return useMemo(() => {
    if (marks === undefined && taken.size === 0) return edges;
    return edges.map((edge) => {
      const look = marks === undefined ? (taken.has(edge.id) ? "taken" : undefined) : marks.get(edge.id);
      return look === undefined ? edge : { ...edge, className: `flow-edge-${look}`, zIndex: 1 };
    });
  }, [edges, marks, taken]);
}
