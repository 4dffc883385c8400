import { useEffect, useEffectEvent } from "react";

import { useLive } from "@/shared/live/live-provider";
import type { LiveEvents, LiveEventType } from "@/shared/live/views";

/** Call `handler` with every event of a type while the component is there. The newest handler is used. */
export function useLiveEvent<T extends LiveEventType>(type: T, handler: (data: LiveEvents[T]) => void): void {
  const live = useLive();
  const onEvent = useEffectEvent(handler);
  useEffect(
    () =>
      live.on(type, (data) => {
        onEvent(data);
      }),
    [live, type],
  );
}
