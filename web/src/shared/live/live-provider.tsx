import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";

import { LiveConnection, type LiveState } from "@/shared/live/live-connection";
import { feedCache } from "@/shared/live/live-lists";
import { checkSession } from "@/shared/session/session";

const LiveContext = createContext<LiveConnection | null>(null);

function liveUrl(): string {
  return `${location.origin.replace(/^http/, "ws")}/api/live`;
}

/** Keeps the one connection to the feed open for all pages inside. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [live] = useState(() => new LiveConnection(liveUrl(), () => void checkSession(queries)));
  useEffect(() => {
    const stopFeeding = feedCache(live, queries);
    live.start();
    return () => {
      live.stop();
      stopFeeding();
    };
  }, [live, queries]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): LiveConnection {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("there is no LiveProvider around this component");
  return live;
}

/** Whether the feed is open, and since when. */
export function useLiveState(): LiveState {
  const live = useLive();
  return useSyncExternalStore(live.watch, () => live.state);
}
