import { en as login } from "@/features/login/texts/en";
import { en as softphone } from "@/features/softphone/texts/en";
import { en as status } from "@/features/status/texts/en";
import { en as shared } from "@/shared/texts/en";

import { en as shell } from "./en";

/** Every English text by namespace: a feature adds a line here and in `all-vi.ts`. */
export const texts = { shell, shared, login, softphone, status };
