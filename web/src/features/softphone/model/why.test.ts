import { describe, expect, it } from "vitest";

import { fakeCall } from "../testing/fake-call";
import { whySentences } from "./why";

const STORES = { s1: { name: "Cầu Giấy" }, s2: { name: "Thanh Xuân" } };

const EXPLANATION = {
  rule: "last_store",
  outcome: "found",
  reason: "last_contact",
  store_id: "s1",
  stores: STORES,
  events: [
    { kind: "ticket", at: "2026-01-03T08:00:00Z", store_id: "s2", counted: false, reason: "too_old" },
    { kind: "purchase", at: "2026-01-02T08:00:00Z", store_id: "s1" },
  ],
  steps: [{ kind: "last_agent", store_id: "s1" }, { kind: "store", store_id: "s1" }, { kind: "central" }],
  attempts: [],
  skipped: [{ kind: "sister_store", store_id: "s2", reason: "closed_now" }],
};

describe("why a call came here", () => {
  it("names the contact that decided, the step that rings and what was passed over", () => {
    expect(whySentences(fakeCall({ why: EXPLANATION }))).toEqual([
      { text: "contact.purchase", store: "Cầu Giấy", at: "2026-01-02T08:00:00Z" },
      { text: "step.last_agent", store: "Cầu Giấy" },
      { text: "skipped", store: "Thanh Xuân", reason: "closed_now" },
    ]);
  });

  it("goes on to the next step when one was tried", () => {
    const why = { ...EXPLANATION, attempts: [{ step: 0 }, { step: 1 }], skipped: [] };
    expect(whySentences(fakeCall({ why })).at(-1)).toEqual({ text: "step.central" });
  });

  it("says so when nothing is known, and names the queue", () => {
    const queue = { id: "q1", name: "Bán hàng", waiting_since: "2026-01-05T08:00:00Z", waited_s: 12 };
    expect(whySentences(fakeCall({ why: { ...EXPLANATION, outcome: "none" }, queue })).map(({ text }) => text)).toEqual(
      ["none", "step.last_agent", "skipped", "queue"],
    );
    expect(whySentences(fakeCall())).toEqual([{ text: "flow" }]);
    expect(whySentences(fakeCall({ direction: "outbound" }))).toEqual([{ text: "outbound" }]);
  });

  it("leaves out words it does not know", () => {
    const why = { ...EXPLANATION, steps: [{ kind: "moon" }], skipped: [{ store_id: "s9", reason: "x" }], events: "?" };
    expect(whySentences(fakeCall({ why }))).toEqual([{ text: "store", store: "Cầu Giấy" }]);
  });
});
