import { expect, it } from "vitest";

import { qualityOf } from "./quality";

it.each([
  [4.4, "good"],
  [4, "good"],
  [3.7, "fair"],
  [2.1, "poor"],
])("calls a MOS of %d %s", (mos, word) => {
  expect(qualityOf(mos).word).toBe(word);
});
