import { expect, it } from "vitest";

import { texts as english } from "./texts/all-en";
import { texts as vietnamese } from "./texts/all-vi";

/** Return every text's key with the names it is filled with, without the singular forms that Vietnamese has not. */
function placeholders(texts: object, prefix = ""): string[] {
  return Object.entries(texts)
    .filter(([key]) => !key.endsWith("_one"))
    .flatMap(([key, value]: [string, unknown]) =>
      typeof value === "string"
        ? [
            `${prefix}${key}: ${[...value.matchAll(/{{(\w+)}}/g)]
              .map(([, name]) => name)
              .sort()
              .join(" ")}`,
          ]
        : placeholders(value as object, `${prefix}${key}.`),
    )
    .sort();
}

it("fills the same values into both languages", () => {
  expect(placeholders(vietnamese)).toEqual(placeholders(english));
});
