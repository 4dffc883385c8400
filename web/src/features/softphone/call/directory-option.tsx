import { ListOrdered, Phone, Smartphone, Store, UserRound, Workflow, type LucideIcon } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { formatPhone } from "@/shared/format/phone-number";
import { AgentStateLabel } from "@/shared/ui/agent-state-label";

import type { TargetKind } from "../api/control-call";
import type { DirectoryEntry } from "../api/find-directory";
import classes from "./directory-search.module.css";

const ICONS: Record<TargetKind, LucideIcon> = {
  agent: UserRound,
  extension: Phone,
  queue: ListOrdered,
  store: Store,
  number: Smartphone,
  flow: Workflow,
};

interface DirectoryOptionProps {
  id: string;
  entry: DirectoryEntry;
  active: boolean;
  selected: boolean;
  onChoose: () => void;
}

/** One match of a search, with what it is doing right now. */
export function DirectoryOption({ id, entry, active, selected, onChoose }: DirectoryOptionProps) {
  const { t } = useTranslation("softphone");
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) row.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const Icon = ICONS[entry.kind];
  const outside = entry.kind === "number" && entry.label === entry.value;
  return (
    // Keys are handled by the field that owns the list, as a combobox wants it.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      ref={row}
      id={id}
      role="option"
      aria-selected={selected}
      tabIndex={-1}
      data-active={active || undefined}
      className={classes.option}
      onClick={onChoose}
    >
      <span className={classes.icon} title={t(`transfer.kinds.${entry.kind}`)}>
        <Icon size={17} aria-hidden="true" />
      </span>
      <span style={{ minWidth: 0 }}>
        <span className={classes.label} style={{ display: "block" }}>
          {outside ? formatPhone(entry.value) : entry.label}
        </span>
        <span className={classes.detail} style={{ display: "block" }}>
          {entry.detail || (outside ? t("transfer.outside") : t(`transfer.kinds.${entry.kind}`))}
        </span>
      </span>
      {entry.presence !== null && <AgentStateLabel state={entry.presence} />}
    </div>
  );
}
