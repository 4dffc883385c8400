import { Kbd, Modal, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "@/shared/session/session";

import { filterPages } from "./filter-pages";
import classes from "./palette.module.css";
import { pagesFor } from "./pages";

/** Ctrl+K: go to a page, or find a number among calls and customers. */
export function Palette({ session }: { session: Session }) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  useHotkeys([["mod+K", open]], []);
  return (
    <>
      <UnstyledButton
        className={classes.opener ?? ""}
        onClick={open}
        // The name where the words do not fit.
        title={t("palette.open")}
        aria-keyshortcuts="Control+K"
      >
        <Search size={16} aria-hidden="true" />
        <span className={classes.openerText}>{t("palette.open")}</span>
        <Kbd size="xs" className={classes.openerText ?? ""}>
          Ctrl K
        </Kbd>
      </UnstyledButton>
      <Modal.Root opened={opened} onClose={close} padding={0}>
        <Modal.Overlay />
        <Modal.Content aria-label={t("palette.open")}>
          <Modal.Body>
            <Choices session={session} onDone={close} />
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </>
  );
}

function Choices({ session, onDone }: { session: Session; onDone: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const pages = pagesFor(session).flatMap((group) =>
    group.pages.map(({ to, text, icon }) => ({ to, icon, name: t(`nav.${text}`) })),
  );
  const searches = [
    { to: "/customers", search: { q: text.trim() }, icon: Search, name: t("palette.customers", { text: text.trim() }) },
    { to: "/calls", search: { number: text.trim() }, icon: Search, name: t("palette.calls", { text: text.trim() }) },
  ] as const;
  const choices = [...filterPages(pages, text), ...(text.trim().length > 1 ? searches : [])];
  const go = (index: number) => {
    const choice = choices[index];
    if (choice === undefined) return;
    onDone();
    void navigate({ to: choice.to, ...("search" in choice && { search: choice.search }) });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((at + step + choices.length) % Math.max(1, choices.length));
    }
    if (event.key === "Enter") go(at);
  };
  return (
    <>
      <TextInput
        data-autofocus
        size="lg"
        variant="unstyled"
        px="md"
        placeholder={t("palette.placeholder")}
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-choices"
        aria-activedescendant={`palette-${at}`}
        aria-label={t("palette.placeholder")}
        value={text}
        onKeyDown={onKeyDown}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          setAt(0);
        }}
      />
      <div id="palette-choices" role="listbox" aria-label={t("nav.label")} className={classes.choices}>
        {choices.map(({ name, icon: Icon }, index) => (
          <UnstyledButton
            key={name}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className={classes.choice ?? ""}
            onClick={() => {
              go(index);
            }}
          >
            <Icon size={17} aria-hidden="true" />
            {name}
          </UnstyledButton>
        ))}
        {choices.length === 0 && <p className={classes.none}>{t("palette.none")}</p>}
      </div>
    </>
  );
}
