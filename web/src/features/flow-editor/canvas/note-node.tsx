import { NodeResizer, type NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useTranslation } from "react-i18next";

import { useEditor, useEditorState } from "../state/editor-context";
import classes from "./note-node.module.css";
import type { CanvasNode } from "./project";

/** A remark on the canvas, written where it stands. */
export const NoteNode = memo(function NoteNode({ id, data: { node }, selected }: NodeProps<CanvasNode>) {
  const { t } = useTranslation("flows");
  const { store } = useEditor();
  const readOnly = useEditorState((state) => state.readOnly || state.comparison !== null);
  const change = useEditorState((state) => state.comparison?.marks.get(id));
  const text = typeof node.data.text === "string" ? node.data.text : "";
  return (
    <div className={classes.note} data-selected={selected || undefined} data-change={change}>
      <NodeResizer
        isVisible={selected && !readOnly}
        minWidth={120}
        minHeight={60}
        onResizeEnd={(_event, { width, height, x, y }) => {
          store.getState().perform({
            type: "batch",
            request: {
              operations: [
                { type: "move-nodes", request: { positions: { [id]: { x: Math.round(x), y: Math.round(y) } } } },
                { type: "resize-node", request: { id, width: Math.round(width), height: Math.round(height) } },
              ],
            },
          });
        }}
      />
      <textarea
        className={`${classes.text ?? ""} nowheel`}
        aria-label={t("node.note")}
        placeholder={t("node.notePlaceholder")}
        value={text}
        readOnly={readOnly}
        maxLength={4000}
        onChange={({ currentTarget }) => {
          const data = { ...node.data, text: currentTarget.value };
          store.getState().perform({ type: "change-data", request: { id, data } }, `${id}.text`);
        }}
      />
    </div>
  );
});
