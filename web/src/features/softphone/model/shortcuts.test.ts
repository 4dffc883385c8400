import { afterEach, describe, expect, it } from "vitest";

import { draftOf, forgetOldDrafts, markSaved, writeDraft } from "./drafts";
import { shortcutOf } from "./shortcuts";
import { dispositionsFor, wrapUpOf } from "./wrap-up";

function press(key: string, more: Partial<Parameters<typeof shortcutOf>[0]> = {}) {
  const plain = { altKey: true, ctrlKey: false, metaKey: false, repeat: false, target: document.body };
  return shortcutOf({ key, code: `Key${key.toUpperCase()}`, ...plain, ...more });
}

describe("keyboard shortcuts", () => {
  it("are letters with Alt, whatever the system makes of them", () => {
    expect(press("a")).toBe("answer");
    expect(press("A")).toBe("answer");
    expect(press("å", { code: "KeyA" })).toBe("answer");
    expect(press("a", { altKey: false })).toBeNull();
    expect(press("a", { ctrlKey: true })).toBeNull();
    expect(press("a", { repeat: true })).toBeNull();
    expect(press("?", { altKey: false })).toBe("help");
  });

  it.each(["<input />", "<textarea></textarea>", "<div contenteditable='true'></div>"])("leave %s alone", (html) => {
    document.body.innerHTML = html;
    expect(press("a", { target: document.body.firstElementChild })).toBeNull();
    expect(press("?", { altKey: false, target: document.body.firstElementChild })).toBeNull();
  });
});

describe("what is written about a call", () => {
  afterEach(() => {
    localStorage.clear();
  });

  it("is kept at once, and a note is sent once", () => {
    writeDraft("c1", { note: " Gọi lại thứ hai " });
    writeDraft("c1", { disposition: "follow" });
    expect(draftOf("c1")).toMatchObject({ note: " Gọi lại thứ hai ", disposition: "follow", saved: false });
    expect(wrapUpOf(draftOf("c1"))).toEqual({ note: "Gọi lại thứ hai", disposition: "follow" });
    markSaved("c1");
    expect(draftOf("c1").saved).toBe(true);
    expect(wrapUpOf(draftOf("c1"))).toEqual({ disposition: "follow" });
  });

  it("is dropped a day after", () => {
    writeDraft("old", { note: "x" }, 0);
    writeDraft("new", { note: "y" }, 25 * 3600_000);
    forgetOldDrafts(25 * 3600_000);
    expect([draftOf("old").note, draftOf("new").note]).toEqual(["", "y"]);
  });

  it("offers the outcomes of the queue in the reader's language", () => {
    const sold = { id: "1", code: "sold", label: "Đã bán", label_en: "Sold", queue_ids: null };
    const other = { id: "2", code: "fix", label: "Sửa", label_en: "Fixed", queue_ids: ["q2"] };
    expect(dispositionsFor([sold, other], "q1", "en")).toEqual([{ value: "sold", label: "Sold" }]);
    expect(dispositionsFor([sold, other], "q2", "vi").map(({ label }) => label)).toEqual(["Đã bán", "Sửa"]);
  });
});
