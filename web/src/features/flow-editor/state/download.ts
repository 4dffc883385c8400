import type { FlowDocument } from "../model/document";

/** Hand a flow to the person as a file, the same as in `ivr_flows/`. */
export function downloadFlow(flow: FlowDocument): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(flow, null, 2)}\n`], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${flow.id}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
