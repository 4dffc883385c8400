import "i18next";

import type { en as status } from "@/features/status/texts/en";

import type { en as shell } from "./texts/en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shell";
    resources: { shell: typeof shell; status: typeof status };
  }
}
