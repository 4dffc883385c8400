import { Button } from "@mantine/core";
import { ArrowLeftRight, Check, Undo2, Users, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { LiveCallView } from "@/shared/live/views";

import type { CallCommand } from "../api/control-call";
import { myPart, others } from "../model/my-calls";
import { may, type Permission } from "../model/permitted";
import type { CallActions } from "../state/use-call-actions";
import classes from "./consult-banner.module.css";

interface ConsultBannerProps {
  call: LiveCallView;
  userId: string;
  actions: CallActions;
}

const BUTTONS = [
  { permission: "consult_swap", do: "consult/swap", text: "swap", icon: ArrowLeftRight },
  { permission: "consult_join", do: "consult/join", text: "join", icon: Users },
  { permission: "consult_cancel", do: "consult/cancel", text: "cancel", icon: Undo2 },
  { permission: "consult_complete", do: "consult/complete", text: "complete", icon: Check },
] as const satisfies readonly {
  permission: Permission;
  do: CallCommand["do"];
  text: string;
  icon: LucideIcon;
}[];

/** Who is being asked while the customer waits, and what can come of it. */
export function ConsultBanner({ call, userId, actions }: ConsultBannerProps) {
  const { t } = useTranslation("softphone");
  const { consult } = call;
  if (consult === null) return null;
  const buttons = BUTTONS.filter(({ permission }) => may(call, permission));
  if (buttons.length === 0) return <AskedBanner call={call} userId={userId} />;
  const inFront = others(call, userId).find(({ leg_id }) => leg_id === consult.leg_id)?.state !== "held";
  const state = consult.state === "talking" && !inFront ? "swapped" : consult.state;
  return (
    <section className={classes.banner} role="status">
      <p className={classes.text}>{t(`consult.${state}`, { name: consult.target_label })}</p>
      <div className={classes.buttons}>
        {buttons.map(({ permission, text, icon: Icon, ...command }) => (
          <Button
            key={permission}
            size="xs"
            variant={text === "complete" ? "filled" : "default"}
            leftSection={<Icon size={14} />}
            loading={actions.isPending}
            onClick={() => {
              actions.command(call, { do: command.do });
            }}
          >
            {text === "cancel" && consult.state === "ringing" ? t("consult.cancelRinging") : t(`consult.${text}`)}
          </Button>
        ))}
      </div>
    </section>
  );
}

/** What the one who is asked is told: who asks, and who hears whom. */
function AskedBanner({ call, userId }: Omit<ConsultBannerProps, "actions">) {
  const { t } = useTranslation("softphone");
  const asking = others(call, userId).find(({ role }) => role === "agent");
  const waits = myPart(call, userId)?.state === "held";
  return (
    <section className={classes.banner} role="status">
      <p className={classes.text}>{t(waits ? "consult.askedWaits" : "consult.asked", { name: asking?.name ?? "" })}</p>
    </section>
  );
}
