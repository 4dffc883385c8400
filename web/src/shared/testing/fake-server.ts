import { vi } from "vitest";

/** Stands in for the server behind `fetch`: give it an answer, or let it be away. */
export class FakeServer {
  requests: string[] = [];
  private answers = new Map<string, unknown>();
  private isAway = false;

  constructor() {
    vi.stubGlobal("fetch", (request: Request) => Promise.resolve().then(() => this.respond(request)));
  }

  answer(path: string, body: unknown): void {
    this.answers.set(path, body);
  }

  goAway(): void {
    this.isAway = true;
  }

  comeBack(): void {
    this.isAway = false;
  }

  private respond(request: Request): Response {
    const { pathname } = new URL(request.url);
    this.requests.push(pathname);
    if (this.isAway) throw new TypeError("Failed to fetch");
    if (!this.answers.has(pathname)) return Response.json({ detail: "Not Found" }, { status: 404 });
    return Response.json(this.answers.get(pathname));
  }
}
