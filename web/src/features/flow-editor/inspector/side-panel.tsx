import { CloseButton, ScrollArea, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useEditor } from "../state/editor-context";
import classes from "./side-panel.module.css";

interface SidePanelProps {
  title: ReactNode;
  /** What the panel is called, said to screen readers. */
  label: string;
  /** Stays at the bottom while the rest scrolls. */
  footer?: ReactNode;
  children: ReactNode;
}

/** A panel at the side of the canvas; on narrow screens it rises from the bottom. */
export function SidePanel({ title, label, footer, children }: SidePanelProps) {
  const { t } = useTranslation("flows");
  const { store } = useEditor();
  return (
    <aside className={classes.panel} aria-label={label}>
      <header className={classes.head}>
        <Title order={2} size="h5" className={classes.title ?? ""}>
          {title}
        </Title>
        <CloseButton
          aria-label={t("close")}
          onClick={() => {
            store.getState().show({ panel: null });
          }}
        />
      </header>
      <ScrollArea className={classes.body ?? ""} type="auto">
        <div className={classes.content}>{children}</div>
      </ScrollArea>
      {footer !== undefined && <footer className={classes.foot}>{footer}</footer>}
    </aside>
  );
}
