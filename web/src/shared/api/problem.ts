/** The server answered with an error (RFC 9457 problem document). */
export class Problem extends Error {
  override name = "Problem";

  constructor(
    readonly status: number,
    /** Stable, kebab-case: what texts and code go by; "" when the answer was no problem document. */
    readonly id: string,
    /** One English sentence for whoever reads logs. */
    readonly detail: string,
    /** Seconds after which trying again makes sense, when the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail || `the server answered ${status}`);
  }
}

/** No answer came: the server is away, too slow, or the network is down. */
export class Unreachable extends Error {
  override name = "Unreachable";

  constructor(cause: unknown) {
    super("the server does not answer", { cause });
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Read what went wrong from an answer. */
export function toProblem(response: Response, body: unknown): Problem {
  const document = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const wait = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new Problem(response.status, text(document.id), text(document.detail), Number.isFinite(wait) ? wait : null);
}

/** Tell whether asking again could help: the server was away or failed, rather than refused. */
export function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && error.status >= 500);
}
