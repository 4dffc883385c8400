import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "@/shared/api/problem";
import { useChange } from "@/shared/api/use-change";
import { showToast } from "@/shared/toast/toasts";

import { FLOWS, importFlow } from "../api/flows";
import { readFlowFile } from "./read-flow-file";

/** Return how to bring a file in; a flow that is there already is replaced only after asking. */
export function useImport(onDone: (id: string) => void) {
  const { t } = useTranslation("flows");
  const [waiting, setWaiting] = useState<{ id: string; document: unknown } | null>(null);
  const bring = useChange(importFlow, { touches: [FLOWS], done: null, inForm: true });
  const send = (id: string, document: unknown, over: boolean) => {
    bring.mutate(
      { document, over },
      {
        onSuccess: (flow) => {
          setWaiting(null);
          onDone(flow.id);
        },
        onError: (error) => {
          if (error instanceof Problem && error.status === 409 && !over) setWaiting({ id, document });
          else showToast("bad", error instanceof Problem && error.detail !== "" ? error.detail : t("file.notFlow"));
        },
      },
    );
  };
  return {
    isPending: bring.isPending,
    /** The id of the flow that is there already; null: nothing is to be decided. */
    taken: waiting?.id ?? null,
    read: async (file: File | null) => {
      if (file === null) return;
      const result = await readFlowFile(file);
      if ("problem" in result) showToast("bad", t(`file.${result.problem}`));
      else send(result.id, result.document, false);
    },
    replace: () => {
      if (waiting !== null) send(waiting.id, waiting.document, true);
    },
    cancel: () => {
      setWaiting(null);
    },
  };
}
