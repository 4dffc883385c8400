import { useEffect, useEffectEvent } from "react";

import { useStartCall } from "../api/start-call";
import { targetOf } from "../model/directory";
import { showPanel } from "../state/panel-state";

/**
 * Call from this phone whenever a `tel:` link of any page is used. Pages need to know nothing about the softphone;
 * where there is none, the link does what the system does with it.
 */
export function useTelLinks(): void {
  const { mutate } = useStartCall();
  const dial = useEffectEvent((number: string, customerId: string | undefined) => {
    showPanel({ open: true });
    mutate({ to: targetOf(number), ...(customerId !== undefined && { customer_id: customerId }) });
  });
  useEffect(() => {
    const onClick = (event: MouseEvent): void => {
      const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="tel:"]') : null;
      if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      dial(decodeURIComponent(link.href.slice("tel:".length)), link.dataset.customerId);
    };
    document.addEventListener("click", onClick);
    return () => {
      document.removeEventListener("click", onClick);
    };
  }, []);
}
