import { useTranslation } from "react-i18next";

import type { LiveCallView } from "@/shared/live/views";

import { useCaller } from "../api/get-caller";
import { otherNumber } from "../model/my-calls";
import classes from "./call-context.module.css";
import { Timeline } from "./timeline";

/** The caller's way through the menu, and what was before this call. */
export function CallHistory({ call }: { call: LiveCallView }) {
  const { t } = useTranslation("softphone");
  const number = otherNumber(call);
  const caller = useCaller(number);
  return (
    <div className={classes.context}>
      {call.ivr_path.length > 0 && (
        <section>
          <h4 className={classes.heading}>{t("path.title")}</h4>
          <ol className={classes.path}>
            {call.ivr_path.map((step, index) => (
              <li key={`${step.node_id}-${index}`}>
                <span>{step.name}</span>
                {step.keys !== "" && <kbd className={classes.key}>{step.keys}</kbd>}
              </li>
            ))}
          </ol>
        </section>
      )}
      {number !== null && <Timeline callId={call.id} caller={caller} />}
    </div>
  );
}
