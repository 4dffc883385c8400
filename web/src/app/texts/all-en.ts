import { en as account } from "@/features/account/texts/en";
import { en as desk } from "@/features/agent-desktop/texts/en";
import { en as audit } from "@/features/audit/texts/en";
import { en as callbacks } from "@/features/callbacks/texts/en";
import { en as calls } from "@/features/calls/texts/en";
import { en as codes } from "@/features/codes/texts/en";
import { en as customers } from "@/features/customers/texts/en";
import { en as flows } from "@/features/flow-editor/texts/en";
import { en as liveBoard } from "@/features/live-board/texts/en";
import { en as login } from "@/features/login/texts/en";
import { en as queues } from "@/features/queues/texts/en";
import { en as softphone } from "@/features/softphone/texts/en";
import { en as status } from "@/features/status/texts/en";
import { en as stores } from "@/features/stores/texts/en";
import { en as users } from "@/features/users/texts/en";
import { en as voicemails } from "@/features/voicemails/texts/en";
import { en as shared } from "@/shared/texts/en";

import { en as shell } from "./en";

/** Every English text by namespace: a feature adds a line here and in `all-vi.ts`. */
export const texts = {
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
