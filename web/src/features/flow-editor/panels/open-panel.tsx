import { Inspector } from "../inspector/inspector";
import { useEditorState } from "../state/editor-context";
import type { PanelName } from "../state/view-slice";
import { FlowSettingsPanel } from "./flow-settings";
import { ProblemPanel } from "./problem-panel";
import { SimulatorPanel } from "./simulator-panel";
import { TestPanel } from "./test-panel";
import { VersionsPanel } from "./versions-panel";

const PANELS: Record<PanelName, () => React.ReactNode> = {
  inspector: Inspector,
  problems: ProblemPanel,
  simulator: SimulatorPanel,
  versions: VersionsPanel,
  settings: FlowSettingsPanel,
  tests: TestPanel,
};

/** The panel that is open beside the canvas, if any. */
export function OpenPanel() {
  const panel = useEditorState((state) => state.panel);
  if (panel === null) return null;
  const Panel = PANELS[panel];
  return <Panel />;
}
