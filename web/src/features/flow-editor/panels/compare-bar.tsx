import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { countChanges } from "../model/diff";
import { useEditor, useEditorState } from "../state/editor-context";
import classes from "./panels.module.css";

/** Says what the coloured graph shows, and ends it. */
export function CompareBar() {
  const { t } = useTranslation("flows");
  const { store } = useEditor();
  const comparison = useEditorState((state) => state.comparison);
  if (comparison === null) return null;
  const { added, removed, changed, edges } = countChanges(comparison.diff);
  return (
    <div className={classes.compare} role="status">
      <strong>{t("versions.comparing", { label: comparison.label })}</strong>
      {added + removed + changed + edges === 0 && <span>{t("versions.same")}</span>}
      {added > 0 && <span data-change="added">{t("versions.added", { count: added })}</span>}
      {changed > 0 && <span data-change="changed">{t("versions.changed", { count: changed })}</span>}
      {removed > 0 && <span data-change="removed">{t("versions.removed", { count: removed })}</span>}
      {edges > 0 && <span>{t("versions.edges", { count: edges })}</span>}
      <Button
        size="compact-sm"
        variant="light"
        onClick={() => {
          store.getState().compareWith(null);
        }}
      >
        {t("versions.endCompare")}
      </Button>
    </div>
  );
}
