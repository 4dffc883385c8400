import createClient from "openapi-fetch";

import { csrfToken, reportUnauthenticated } from "@/shared/api/credentials";
import { toProblem, Unreachable } from "@/shared/api/problem";
import type { paths } from "@/shared/api/schema.gen";
import type { Sent } from "@/shared/api/schemas";

/** Longer than this is as good as no answer: the page then says that the server is away. */
const TIMEOUT_MS = 8000;

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Send a request as the signed-in user; a 401 is reported to the session. */
async function send(request: Request): Promise<Response> {
  if (!SAFE.has(request.method)) request.headers.set("X-CSRF-Token", csrfToken());
  let response: Response;
  try {
    response = await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new Unreachable(error);
  }
  if (response.status === 401 && !new URL(request.url).pathname.endsWith("/api/session")) reportUnauthenticated();
  return response;
}

/** The server, typed by its OpenAPI document. Give what it returns to {@link unwrap}. */
export const api = createClient<paths>({ baseUrl: globalThis.location.origin, fetch: send });

interface Result {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/**
 * Return the body of a good answer.
 *
 * @throws Problem with the id the server gave.
 */
export function unwrap<R extends Result>({ data, error, response }: R): Sent<Exclude<R["data"], undefined>> {
  if (!response.ok) throw toProblem(response, error);
  return data as Sent<Exclude<R["data"], undefined>>;
}

interface RequestOptions {
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  signal?: AbortSignal;
}

/**
 * Ask for a route that the OpenAPI document does not have; the caller states the type of the answer.
 *
 * @throws Problem when the server refuses, Unreachable when it does not answer.
 */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const { query = {}, body, signal } = options;
  const url = new URL(path, globalThis.location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  const response = await send(
    new Request(url, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
      ...(signal && { signal }),
    }),
  );
  const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  if (!response.ok) throw toProblem(response, answer);
  return answer as T;
}
