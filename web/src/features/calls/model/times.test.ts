import { expect, it } from "vitest";

import { talkedMs, waitedMs } from "./times";

const CALL = { time_ms: { ivr: 4000, queue: 20_000, ring: 5000, talk: 60_000, hold: 7000 } };

it("counts ringing as waiting and holding as talking", () => {
  expect(waitedMs(CALL)).toBe(25_000);
  expect(talkedMs(CALL)).toBe(67_000);
});

it("counts nothing while a call goes on", () => {
  expect(waitedMs({ time_ms: {} })).toBe(0);
});
