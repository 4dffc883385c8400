import { VisuallyHidden } from "@mantine/core";
import { ArrowDownLeft, ArrowUpRight, ArrowLeftRight } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Direction } from "@/shared/live/views";

const ICONS = { inbound: ArrowDownLeft, outbound: ArrowUpRight, internal: ArrowLeftRight };

export function DirectionIcon({ direction }: { direction: Direction }) {
  const { t } = useTranslation("shared");
  const Icon = ICONS[direction];
  return (
    <span title={t(`direction.${direction}`)} style={{ display: "inline-flex", color: "var(--mantine-color-dimmed)" }}>
      <Icon size={17} aria-hidden="true" />
      <VisuallyHidden>{t(`direction.${direction}`)}</VisuallyHidden>
    </span>
  );
}
