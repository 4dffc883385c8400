import createClient from "openapi-fetch";

import type { paths } from "@/shared/api/schema.gen";

/** Longer than this is as good as no answer: the page then says that the server is away. */
const TIMEOUT_MS = 4000;

export const api = createClient<paths>({
  baseUrl: globalThis.location.origin,
  fetch: (request) => fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]) }),
});

/** The server answered, but with an error. */
export class ServerError extends Error {
  override name = "ServerError";

  constructor(readonly status: number) {
    super(`the server answered ${status}`);
  }
}
