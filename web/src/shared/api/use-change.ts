import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useProblemText } from "@/shared/api/use-problem-text";
import { showToast } from "@/shared/toast/toasts";

interface ChangeOptions {
  /** Names of the lists that look different afterwards. */
  touches: readonly string[];
  /** What to say when it worked; "Saved" when left out, nothing when null. */
  done?: string | null;
  /** The form shows what went wrong itself. */
  inForm?: boolean;
}

/** Change something on the server: says whether it worked and has what it touches asked for again. */
export function useChange<Input, Output>(
  change: (input: Input) => Promise<Output>,
  { touches, done, inForm = false }: ChangeOptions,
) {
  const queries = useQueryClient();
  const { t } = useTranslation("shared");
  const problemText = useProblemText();
  return useMutation({
    mutationFn: change,
    retry: false,
    onSuccess: async () => {
      if (done !== null) showToast("good", done ?? t("saved"));
      await Promise.all(touches.map((name) => queries.invalidateQueries({ queryKey: [name] })));
    },
    onError: (error) => {
      if (!inForm) showToast("bad", problemText(error));
    },
  });
}
