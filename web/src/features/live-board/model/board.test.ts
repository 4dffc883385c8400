import { describe, expect, it } from "vitest";

import type { AgentView, LiveQueueView } from "@/shared/live/views";

import { levelTone, presentStates, serviceLevel, sortAgents, sortQueues, waitTone } from "./board";

const TODAY = { offered: 12, answered: 8, abandoned: 2, called_back: 1, within_target: 7, target_s: 20 };

describe("serviceLevel", () => {
  it("counts those who gave up as missed", () => {
    expect(serviceLevel(TODAY)).toBe(0.7);
  });

  it("says nothing before anybody came", () => {
    expect(serviceLevel({ ...TODAY, answered: 0, abandoned: 0, within_target: 0 })).toBeNull();
  });
});

it.each([
  [null, "quiet"],
  [0.8, "good"],
  [0.79, "warning"],
  [0.5, "bad"],
] as const)("calls a level of %j %s", (level, tone) => {
  expect(levelTone(level)).toBe(tone);
});

it.each([
  [20, "good"],
  [21, "warning"],
  [60, "warning"],
  [61, "bad"],
] as const)("calls %d s of a target of 20 s %s", (waited, tone) => {
  expect(waitTone(waited, 20)).toBe(tone);
});

it("leaves out states nobody is in", () => {
  expect(presentStates({ break: 1, available: 2, offline: 0 })).toEqual([
    ["available", 2],
    ["break", 1],
  ]);
});

it("puts the queue with the longest wait first", () => {
  const queue = (name: string, longest_waiting_since: string | null) =>
    ({ name, longest_waiting_since }) as LiveQueueView;
  const sorted = sortQueues([
    queue("Đổi trả", null),
    queue("Bán hàng", "2026-01-05T08:01:00Z"),
    queue("An ninh", null),
    queue("Z", "2026-01-05T08:00:00Z"),
  ]);
  expect(sorted.map(({ name }) => name)).toEqual(["Z", "Bán hàng", "An ninh", "Đổi trả"]);
});

it("puts agents who need a look first, the longest in a state before others", () => {
  const agent = (id: string, state: AgentView["state"], since: string) => ({ id, state, since }) as AgentView;
  const sorted = sortAgents([
    agent("a", "offline", "1"),
    agent("b", "on_call", "2"),
    agent("c", "on_call", "1"),
    agent("d", "not_responding", "9"),
  ]);
  expect(sorted.map(({ id }) => id)).toEqual(["d", "c", "b", "a"]);
});
