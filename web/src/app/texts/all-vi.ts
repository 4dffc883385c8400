import { vi as account } from "@/features/account/texts/vi";
import { vi as desk } from "@/features/agent-desktop/texts/vi";
import { vi as audit } from "@/features/audit/texts/vi";
import { vi as callbacks } from "@/features/callbacks/texts/vi";
import { vi as calls } from "@/features/calls/texts/vi";
import { vi as codes } from "@/features/codes/texts/vi";
import { vi as customers } from "@/features/customers/texts/vi";
import { vi as flows } from "@/features/flow-editor/texts/vi";
import { vi as liveBoard } from "@/features/live-board/texts/vi";
import { vi as login } from "@/features/login/texts/vi";
import { vi as queues } from "@/features/queues/texts/vi";
import { vi as softphone } from "@/features/softphone/texts/vi";
import { vi as status } from "@/features/status/texts/vi";
import { vi as stores } from "@/features/stores/texts/vi";
import { vi as users } from "@/features/users/texts/vi";
import { vi as voicemails } from "@/features/voicemails/texts/vi";
import type { Translated } from "@/shared/i18n/texts";
import { vi as shared } from "@/shared/texts/vi";

import type { texts as english } from "./all-en";
import { vi as shell } from "./vi";

/** Every Vietnamese text by namespace. */
export const texts: Translated<typeof english> = {
  shell,
  shared,
  account,
  desk,
  audit,
  callbacks,
  calls,
  codes,
  customers,
  flows,
  liveBoard,
  login,
  queues,
  softphone,
  status,
  stores,
  users,
  voicemails,
};
