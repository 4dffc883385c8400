import { ActionIcon, CloseButton, Text, TextInput } from "@mantine/core";
import { ChevronDown, ChevronUp, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { findInFlow } from "../model/search";
import { useEditor, useEditorState } from "../state/editor-context";
import { useCommands } from "../state/use-commands";
import classes from "./search-box.module.css";

/** Finds nodes by anything written in them and walks from one to the next. */
export function SearchBox() {
  const searching = useEditorState((state) => state.searching);
  return searching ? <Box /> : null;
}

function Box() {
  const { t } = useTranslation("flows");
  const { store, types } = useEditor();
  const { reveal } = useCommands();
  const flow = useEditorState((state) => state.document);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const found = findInFlow(flow, types, query);
  const go = (index: number) => {
    const hit = found[(index + found.length) % found.length];
    if (hit === undefined) return;
    setAt((index + found.length) % found.length);
    reveal(hit.id);
  };
  const close = () => {
    store.getState().show({ searching: false });
  };
  return (
    <search className={classes.box}>
      <TextInput
        type="search"
        size="sm"
        flex={1}
        ref={(field) => {
          field?.focus();
        }}
        aria-label={t("search.label")}
        placeholder={t("search.placeholder")}
        leftSection={<Search size={15} aria-hidden="true" />}
        value={query}
        onChange={({ currentTarget }) => {
          setQuery(currentTarget.value);
          setAt(0);
          const [first] = findInFlow(flow, types, currentTarget.value);
          if (first !== undefined) reveal(first.id);
        }}
        onKeyDown={({ key, shiftKey }) => {
          if (key === "Enter") go(at + (shiftKey ? -1 : 1));
          if (key === "Escape") close();
        }}
      />
      <Text size="xs" c="dimmed" className={classes.count ?? ""} role="status">
        {query.trim() !== "" &&
          (found.length === 0 ? t("search.none") : t("search.position", { at: at + 1, count: found.length }))}
      </Text>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("search.previous")}
        onClick={() => {
          go(at - 1);
        }}
      >
        <ChevronUp size={16} aria-hidden="true" />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("search.next")}
        onClick={() => {
          go(at + 1);
        }}
      >
        <ChevronDown size={16} aria-hidden="true" />
      </ActionIcon>
      <CloseButton aria-label={t("close")} onClick={close} />
    </search>
  );
}
