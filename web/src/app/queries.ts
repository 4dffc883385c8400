import { QueryClient } from "@tanstack/react-query";

import { isPassing } from "@/shared/api/problem";

/** Return the cache of what the server said. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The server is often on this very machine, so being offline is no reason not to ask it.
        networkMode: "always",
        // What the server refused, it refuses again.
        retry: (failures, error) => isPassing(error) && failures < 2,
        staleTime: 5000,
      },
      mutations: { networkMode: "always" },
    },
  });
}
