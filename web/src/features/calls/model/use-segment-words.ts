import { useTranslation } from "react-i18next";

import { en } from "../texts/en";
import type { SegmentEntry } from "../api/calls";

type Kind = keyof typeof en.segments.kind;

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(en.segments.kind, kind);
}

/** Return how segments are called: by kind, and who or what the caller was with. */
export function useSegmentWords() {
  const { t } = useTranslation("calls");
  return {
    kind: (kind: string) => (isKind(kind) ? t(`segments.kind.${kind}`) : kind),
    who: ({ agent, store, extension, node }: SegmentEntry) =>
      agent === null && store === null
        ? (extension ?? node ?? "")
        : [agent?.name, store?.name].filter(Boolean).join(" · "),
  };
}
