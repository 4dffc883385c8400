import { createMemoryHistory } from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";

import type { Language } from "@/shared/i18n/language";

import { App } from "../app";
import { createI18n } from "../i18n";
import { createQueries } from "../queries";
import { createPages, type Pages } from "../router";

/** Open the pages at a path, as a browser does, and wait until a heading is there. */
export async function openPages(path: string, language: Language = "en"): Promise<Pages> {
  const router = createPages(createQueries(), createMemoryHistory({ initialEntries: [path] }));
  render(<App i18n={await createI18n(language)} router={router} />);
  await screen.findByRole("heading", { level: 1 });
  return router;
}
