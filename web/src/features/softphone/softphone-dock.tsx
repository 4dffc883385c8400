/** The panel that calls are taken with. */
export default function SoftphoneDock() {
  return null;
}
