import { vi } from "vitest";

interface Seen {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  headers: Headers;
}

type Answer = (seen: Seen) => Response | Promise<Response>;

/** Stands in for the server behind `fetch`: give it answers, or let it be away. */
export class FakeServer {
  requests: Seen[] = [];
  private answers = new Map<string, Answer>();
  private isAway = false;

  constructor() {
    vi.stubGlobal("fetch", (request: Request) => Promise.resolve().then(() => this.respond(request)));
  }

  /** Answer GET requests for a path with a body. */
  answer(path: string, body: unknown): void {
    this.on("GET", path, () => Response.json(body));
  }

  /** Answer requests by a function, which sees what was sent. */
  on(method: string, path: string, answer: Answer): void {
    this.answers.set(`${method} ${path}`, answer);
  }

  /** Refuse with a problem document. */
  refuse(method: string, path: string, status: number, id: string, headers: Record<string, string> = {}): void {
    this.on(method, path, () => Response.json({ id, status, detail: id }, { status, headers }));
  }

  /** Let `role` be signed in. */
  signIn(role: "agent" | "supervisor" | "admin" = "admin", more: object = {}): void {
    this.answer("/api/session", {
      user: { id: "01USER", login: "lan", name: "Lan", role, store_ids: [] },
      permissions: [],
      csrf_token: "token-of-lan",
      extension: null,
      agent: false,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      must_change_password: false,
      ...more,
    });
  }

  goAway(): void {
    this.isAway = true;
  }

  comeBack(): void {
    this.isAway = false;
  }

  /** What was sent to a path, oldest first. */
  sent(method: string, path: string): Seen[] {
    return this.requests.filter((seen) => seen.method === method && seen.path === path);
  }

  private async respond(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const text = await request.text();
    const seen: Seen = {
      method: request.method,
      path: pathname,
      query: searchParams,
      body: text === "" ? undefined : JSON.parse(text),
      headers: request.headers,
    };
    this.requests.push(seen);
    if (this.isAway) throw new TypeError("Failed to fetch");
    const answer = this.answers.get(`${seen.method} ${pathname}`);
    return answer?.(seen) ?? Response.json({ id: "not-found", detail: "Not Found" }, { status: 404 });
  }
}
