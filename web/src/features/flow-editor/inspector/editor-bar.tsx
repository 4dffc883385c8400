import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, PanelLeft, Play, Redo2, Search, Undo2, WandSparkles, type LucideIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { PublishDialog } from "../panels/publish-dialog";
import { useEditor, useEditorState } from "../state/editor-context";
import { useAutoLayout } from "../state/use-auto-layout";
import classes from "./editor-bar.module.css";
import { MoreMenu } from "./more-menu";
import { ProblemButton, SaveLabel, WorstCase } from "./state-labels";

/** The flow's name and state, and what can be done with the whole of it. */
export function EditorBar() {
  const { t } = useTranslation("flows");
  const { store } = useEditor();
  const layout = useAutoLayout();
  const [publishing, setPublishing] = useState(false);
  const name = useEditorState((state) => state.document.name);
  const readOnly = useEditorState((state) => state.readOnly || state.comparison !== null);
  const canUndo = useEditorState((state) => state.history.past.length > 0);
  const canRedo = useEditorState((state) => state.history.future.length > 0);
  const paletteShown = useEditorState((state) => state.paletteShown);
  const { undo, redo, show, perform } = store.getState();
  return (
    <header className={classes.bar} aria-label={t("bar.label")}>
      <div className={classes.start}>
        <ActionIcon
          component={Link}
          to="/admin/flows"
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("back")}
          title={t("back")}
        >
          <ArrowLeft size={18} aria-hidden="true" />
        </ActionIcon>
        <input
          className={classes.name}
          aria-label={t("bar.name")}
          value={name}
          maxLength={200}
          readOnly={readOnly}
          onChange={({ currentTarget }) => {
            perform({ type: "change-settings", request: { settings: { name: currentTarget.value } } }, "name");
          }}
        />
        <SaveLabel />
      </div>
      <div className={classes.tools} role="toolbar" aria-label={t("view.canvas")}>
        <Tool
          label={t("bar.palette")}
          icon={PanelLeft}
          act={() => {
            show({ paletteShown: !paletteShown });
          }}
        />
        <Tool label={t("bar.undo")} icon={Undo2} disabled={!canUndo || readOnly} act={undo} />
        <Tool label={t("bar.redo")} icon={Redo2} disabled={!canRedo || readOnly} act={redo} />
        <Tool
          label={t("bar.search")}
          icon={Search}
          act={() => {
            show({ searching: true });
          }}
        />
        <Tool label={t("bar.layout")} icon={WandSparkles} disabled={readOnly} act={() => void layout()} />
      </div>
      <div className={classes.end}>
        <WorstCase />
        <ProblemButton />
        <Button
          variant="default"
          size="sm"
          className={classes.wide ?? ""}
          leftSection={<Play size={15} aria-hidden="true" />}
          onClick={() => {
            show({ panel: "simulator" });
          }}
        >
          {t("bar.simulate")}
        </Button>
        <MoreMenu />
        <Button
          size="sm"
          disabled={readOnly}
          onClick={() => {
            setPublishing(true);
          }}
        >
          {t("bar.publish")}
        </Button>
      </div>
      {publishing && (
        <PublishDialog
          onClose={() => {
            setPublishing(false);
          }}
        />
      )}
    </header>
  );
}

interface ToolProps {
  label: string;
  icon: LucideIcon;
  disabled?: boolean;
  act: () => void;
}

function Tool({ label, icon: Icon, disabled = false, act }: ToolProps) {
  return (
    <Tooltip label={label} withArrow>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} disabled={disabled} onClick={act}>
        <Icon size={18} aria-hidden="true" />
      </ActionIcon>
    </Tooltip>
  );
}
