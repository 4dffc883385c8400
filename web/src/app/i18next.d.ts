import "i18next";

import type { texts } from "./texts/all-en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shell";
    resources: typeof texts;
  }
}
