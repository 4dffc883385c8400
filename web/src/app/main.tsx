import "@mantine/core/styles.css";
import "./global.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app";
import { createI18n } from "./i18n";
import { createQueries } from "./queries";
import { createPages } from "./router";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const i18n = await createI18n();
createRoot(root).render(
  <StrictMode>
    <App i18n={i18n} router={createPages(createQueries())} />
  </StrictMode>,
);
