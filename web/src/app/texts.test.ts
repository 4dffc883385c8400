import { expect, it } from "vitest";

import { en as statusEn } from "@/features/status/texts/en";
import { vi as statusVi } from "@/features/status/texts/vi";

import { en as shellEn } from "./texts/en";
import { vi as shellVi } from "./texts/vi";

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
    );
}

it("fills the same values into both languages", () => {
  expect(placeholders({ shell: shellVi, status: statusVi })).toEqual(
    placeholders({ shell: shellEn, status: statusEn }),
  );
});
