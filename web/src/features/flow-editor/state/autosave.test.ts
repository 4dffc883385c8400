import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Problem, Unreachable } from "@/shared/api/problem";

import type { FlowDocument } from "../model/document";
import { menuFlow } from "../testing/flows";
import { Autosave, type SaveState } from "./autosave";

const named = (name: string): FlowDocument => ({ ...menuFlow(), name });

/** A server that keeps one draft, and a browser that keeps what is not saved. */
function world() {
  const seen = { sent: [] as string[], states: [] as string[], kept: null as string | null, revision: 7 };
  const answers: (() => Promise<{ revision: number }>)[] = [];
  const autosave = new Autosave(
    {
      save: (document, revision) => {
        seen.sent.push(`${document.name}@${revision}`);
        const answer = answers.shift();
        if (answer) return answer();
        seen.revision = revision + 1;
        return Promise.resolve({ revision: seen.revision });
      },
      keep: (kept) => {
        seen.kept = kept?.document.name ?? null;
      },
      onState: (state: SaveState) => {
        seen.states.push(state.kind);
      },
      onSaved: () => undefined,
    },
    7,
  );
  return { autosave, seen, answers };
}

const refuse = (status: number, id: string) => () => Promise.reject(new Problem(status, id, ""));

describe("saving the draft", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("waits for a pause, sends the newest once, and says what is going on", async () => {
    const { autosave, seen } = world();
    autosave.changed(named("a"));
    await vi.advanceTimersByTimeAsync(500);
    autosave.changed(named("b"));
    await vi.advanceTimersByTimeAsync(500);
    expect(seen.sent).toEqual([]);
    expect(seen.kept).toBe("b");
    await vi.advanceTimersByTimeAsync(100);
    expect(seen.sent).toEqual(["b@7"]);
    expect(seen.states).toEqual(["dirty", "dirty", "saving", "saved"]);
    expect(seen.kept).toBeNull();
    expect(autosave.isClean).toBe(true);
  });

  it("sends what changed while it was saving afterwards, with the new revision", async () => {
    const { autosave, seen, answers } = world();
    let finish: (answer: { revision: number }) => void = () => undefined;
    answers.push(() => new Promise((resolve) => (finish = resolve)));
    autosave.changed(named("a"));
    await vi.advanceTimersByTimeAsync(600);
    autosave.changed(named("b"));
    await vi.advanceTimersByTimeAsync(2000);
    expect(seen.sent).toEqual(["a@7"]);
    finish({ revision: 8 });
    await vi.advanceTimersByTimeAsync(600);
    expect(seen.sent).toEqual(["a@7", "b@8"]);
    expect(seen.states.at(-1)).toBe("saved");
  });

  it("keeps trying while the server is away", async () => {
    const { autosave, seen, answers } = world();
    const away = () => Promise.reject(new Unreachable(null));
    answers.push(away, away);
    autosave.changed(named("a"));
    await vi.advanceTimersByTimeAsync(600);
    expect(seen.states.at(-1)).toBe("waiting");
    expect(seen.kept).toBe("a");
    await vi.advanceTimersByTimeAsync(3000);
    expect(seen.sent).toEqual(["a@7", "a@7", "a@7"]);
    expect(seen.states.at(-1)).toBe("saved");
  });

  it.each([
    ["conflict", 409, "draft-changed"],
    ["locked", 423, "flow-locked"],
  ])("stops at a %s without losing anything, until somebody decides", async (kind, status, id) => {
    const { autosave, seen, answers } = world();
    answers.push(refuse(status, id));
    autosave.changed(named("mine"));
    await vi.advanceTimersByTimeAsync(600);
    expect(seen.states.at(-1)).toBe(kind);
    autosave.changed(named("mine too"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.sent).toEqual(["mine@7"]);
    expect(seen.kept).toBe("mine too");
    autosave.resume(12);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.sent).toEqual(["mine@7", "mine too@12"]);
    expect(seen.states.at(-1)).toBe("saved");
  });

  it("forgets what is not saved only when told to", async () => {
    const { autosave, seen, answers } = world();
    answers.push(refuse(409, "draft-changed"));
    autosave.changed(named("mine"));
    await vi.advanceTimersByTimeAsync(600);
    autosave.discard(9);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.kept).toBeNull();
    expect(seen.sent).toEqual(["mine@7"]);
    autosave.changed(named("new"));
    await vi.advanceTimersByTimeAsync(600);
    expect(seen.sent.at(-1)).toBe("new@9");
  });

  it("says that something was refused, and tries again with the next change", async () => {
    const { autosave, seen, answers } = world();
    answers.push(refuse(422, "invalid"));
    autosave.changed(named("a"));
    await vi.advanceTimersByTimeAsync(600);
    expect(seen.states.at(-1)).toBe("refused");
    autosave.changed(named("b"));
    await vi.advanceTimersByTimeAsync(600);
    expect(seen.states.at(-1)).toBe("saved");
  });
});
