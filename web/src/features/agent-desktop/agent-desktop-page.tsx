/** Where somebody who takes calls works. */
export function AgentDesktopPage() {
  return null;
}
