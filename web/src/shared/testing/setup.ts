import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// Slow machines take their time to fetch a page's code.
configure({ asyncUtilTimeout: 8000 });

afterEach(() => {
  cleanup();
  localStorage.clear();
});
