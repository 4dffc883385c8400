import "@mantine/core/styles.css";
import "./global.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app";
import { createI18n } from "./i18n";
import { createPages } from "./router";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <App i18n={createI18n()} router={createPages()} />
  </StrictMode>,
);
