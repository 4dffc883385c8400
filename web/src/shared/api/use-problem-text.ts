import { useTranslation } from "react-i18next";

import { Problem, Unreachable } from "@/shared/api/problem";
import { en } from "@/shared/texts/en";

type KnownId = keyof typeof en.problemById;

function isKnown(id: string): id is KnownId {
  return Object.hasOwn(en.problemById, id);
}

/** Return a function that says in the reader's language what went wrong and what to do. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation("shared");
  return (error) => {
    if (error instanceof Unreachable) return t("problem.unreachable");
    if (!(error instanceof Problem)) {
      return t("problem.unknown", { detail: error instanceof Error ? error.message : String(error) });
    }
    if (isKnown(error.id)) return t(`problemById.${error.id}`);
    if (error.status === 403) return t("problem.forbidden");
    if (error.status === 404) return t("problem.notFound");
    if (error.status === 409) return t("problem.conflict");
    if (error.status === 429) return t("problem.throttled", { count: Math.ceil(error.retryAfter ?? 30) });
    if (error.status === 400 || error.status === 422) return t("problem.invalid");
    if (error.status >= 500) return t("problem.server");
    return t("problem.unknown", { detail: error.message });
  };
}
