import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// Slow machines take their time to fetch a page's code.
configure({ asyncUtilTimeout: 8000 });

afterEach(() => {
  cleanup();
  localStorage.clear();
});

// happy-dom loads no fonts; fields that grow with their text wait for them.
Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
