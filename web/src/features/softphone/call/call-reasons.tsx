import { useTranslation } from "react-i18next";

import { formatDay } from "@/shared/format/date-time";
import { useLanguage } from "@/shared/i18n/use-language";
import type { LiveCallView } from "@/shared/live/views";

import { useCaller } from "../api/get-caller";
import { otherNumber } from "../model/my-calls";
import { whySentences, type WhySentence } from "../model/why";
import classes from "./call-context.module.css";
import { CallFacts } from "./call-facts";

/** Why the call is here, and what is known about it in single words. */
export function CallReasons({ call }: { call: LiveCallView }) {
  const { t } = useTranslation("softphone");
  const caller = useCaller(otherNumber(call));
  const sharing = caller.data?.customers.length ?? 0;
  return (
    <div className={classes.context}>
      <Why call={call} />
      <CallFacts call={call} caller={caller.data} />
      {sharing > 1 && <p className={classes.heading}>{t("caller.several", { count: sharing })}</p>}
    </div>
  );
}

function Why({ call }: { call: LiveCallView }) {
  const { t } = useTranslation("softphone");
  const say = useSay();
  return (
    <section className={classes.why}>
      <h4 className={classes.heading}>{t("why.title")}</h4>
      <p>
        {whySentences(call)
          .map((sentence) => say(sentence))
          .join(" ")}
      </p>
    </section>
  );
}

/** Return a function that puts a sentence of the explanation into the reader's language. */
function useSay(): (sentence: WhySentence) => string {
  const { t } = useTranslation("softphone");
  const language = useLanguage();
  return ({ text, store = "", at, reason, count }) => {
    const date = at === undefined ? "" : formatDay(at, language);
    // Sentences come from the explanation's own words, which whySentences has checked against the texts.
    return t(`why.${text}` as "why.store", {
      store,
      date,
      ...(reason !== undefined && { reason: t(`why.reason.${reason}` as "why.reason.closed_now") }),
      ...(count !== undefined && { count }),
    });
  };
}
