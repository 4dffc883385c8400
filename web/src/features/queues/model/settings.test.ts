import { describe, expect, it } from "vitest";

import type { Settings } from "../api/queues";
import { GROUPS } from "./fields";
import {
  parseShifts,
  promptText,
  readSetting,
  skillsToTags,
  tagsToSkills,
  writePromptText,
  writeSetting,
} from "./settings";

it("reads and writes nested settings without touching the others", () => {
  const before = { ring_s: 15, callback: { key: "1", enabled: true } } as Settings;
  const after = writeSetting(before, "callback.key", "2");
  expect(readSetting(after, "callback.key")).toBe("2");
  expect(after).toEqual({ ring_s: 15, callback: { key: "2", enabled: true } });
  expect(before.callback.key).toBe("1");
  expect(writeSetting(before, "ring_s", 20).ring_s).toBe(20);
});

it("names every setting once", () => {
  const names = GROUPS.flatMap(({ fields }) => fields.map(({ name }): string => name));
  expect(new Set(names).size).toBe(names.length);
});

describe("skills", () => {
  it("go to tags and back", () => {
    const skills = { "tiếng anh": 3, billing: 10 };
    expect(skillsToTags(skills)).toEqual(["tiếng anh 3", "billing 10"]);
    expect(tagsToSkills(skillsToTags(skills))).toEqual(skills);
  });

  it("have level 1 unless said, and at most 10", () => {
    expect(tagsToSkills(["vip", "english 44", " "])).toEqual({ vip: 1, english: 10 });
  });
});

describe("prompts", () => {
  it("are words where they are words alone", () => {
    const prompts = { vi: [{ text: "Xin chào." }, { text: "Mời chờ." }], en: [{ file: "hello" }] };
    expect(promptText(prompts, "vi")).toBe("Xin chào. Mời chờ.");
    expect(promptText(prompts, "en")).toBeNull();
    expect(promptText({}, "vi")).toBe("");
  });

  it("lose a language that has no words any more", () => {
    expect(writePromptText({ vi: [{ text: "A" }], en: [{ text: "B" }] }, "vi", "")).toEqual({ en: [{ text: "B" }] });
    expect(writePromptText({}, "en", "Please hold.")).toEqual({ en: [{ text: "Please hold." }] });
  });
});

it.each([
  ["08:00-12:00, 13:30-21:00", ["08:00-12:00", "13:30-21:00"]],
  ["8:00 – 24:00", ["8:00-24:00"]],
  ["", []],
  ["morning", null],
  ["08:00-25:00", null],
])("reads the shifts %j", (text, shifts) => {
  expect(parseShifts(text)).toEqual(shifts);
});
