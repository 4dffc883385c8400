import { DeviceSheet } from "./dock/device-sheet";
import { Dock } from "./dock/dock";
import { HelpSheet } from "./dock/help-sheet";
import { SoftphoneRuntime } from "./runtime/softphone-runtime";

/** The softphone of whoever takes calls: loaded after signing in, on every page. */
export default function SoftphoneDock() {
  return (
    <>
      <SoftphoneRuntime />
      <Dock />
      <HelpSheet />
      <DeviceSheet />
    </>
  );
}
