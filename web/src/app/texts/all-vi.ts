import { vi as login } from "@/features/login/texts/vi";
import { vi as softphone } from "@/features/softphone/texts/vi";
import { vi as status } from "@/features/status/texts/vi";
import type { Translated } from "@/shared/i18n/texts";
import { vi as shared } from "@/shared/texts/vi";

import type { texts as english } from "./all-en";
import { vi as shell } from "./vi";

/** Every Vietnamese text by namespace. */
export const texts: Translated<typeof english> = { shell, shared, login, softphone, status };
