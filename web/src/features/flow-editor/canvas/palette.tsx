import { CloseButton, ScrollArea, Text, TextInput } from "@mantine/core";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";

import type { NodeType } from "../model/catalogue";
import { fold } from "../model/search";
import { useEditor, useEditorState } from "../state/editor-context";
import { useCommands } from "../state/use-commands";
import { NodeIcon } from "./node-icon";
import { toneOf } from "./node-look";
import classes from "./palette.module.css";

/** What dragging from the palette carries. */
export const DRAGGED_TYPE = "application/x-callcenter-node-type";

/** The node types by group: dragged onto the canvas, or added with Enter. */
export function NodePalette() {
  const { t } = useTranslation("flows");
  const { t: shared } = useTranslation("shared");
  const language = useLanguage();
  const { catalogue, store } = useEditor();
  const [query, setQuery] = useState("");
  const isFound = ({ label, help }: NodeType) =>
    fold(`${label.vi} ${label.en} ${help[language]}`).includes(fold(query.trim()));
  const groups = catalogue.categories
    .map(({ id, label }) => ({
      id,
      label: label[language],
      types: catalogue.types.filter((type) => type.category === id && type.type !== "start" && isFound(type)),
    }))
    .filter(({ types }) => types.length > 0);
  return (
    <section className={classes.palette} aria-label={t("palette.label")}>
      <div className={classes.head}>
        <TextInput
          id="flow-palette-search"
          type="search"
          size="sm"
          flex={1}
          aria-label={t("palette.search")}
          placeholder={t("palette.search")}
          leftSection={<Search size={15} aria-hidden="true" />}
          value={query}
          onChange={({ currentTarget }) => {
            setQuery(currentTarget.value);
          }}
        />
        <CloseButton
          className={classes.close ?? ""}
          aria-label={shared("close")}
          onClick={() => {
            store.getState().show({ paletteShown: false });
          }}
        />
      </div>
      <ScrollArea className={classes.list ?? ""} type="auto" offsetScrollbars="y">
        {groups.map((group) => (
          <section key={group.id} aria-label={group.label}>
            <h2 className={classes.group}>{group.label}</h2>
            <div className={classes.types}>
              {group.types.map((type) => (
                <PaletteItem key={type.type} type={type} />
              ))}
            </div>
          </section>
        ))}
        {groups.length === 0 && (
          <Text size="sm" c="dimmed" p="xs">
            {t("palette.none")}
          </Text>
        )}
      </ScrollArea>
      <Text className={classes.hint ?? ""}>{t("palette.hint")}</Text>
    </section>
  );
}

function PaletteItem({ type }: { type: NodeType }) {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const readOnly = useEditorState((state) => state.readOnly || state.comparison !== null);
  const { addNext } = useCommands();
  return (
    <button
      type="button"
      className={classes.type}
      data-tone={toneOf(type.category)}
      data-testid={`palette-${type.type}`}
      title={type.help[language]}
      aria-label={t("palette.add", { name: type.label[language] })}
      disabled={readOnly}
      draggable={!readOnly}
      onDragStart={({ dataTransfer }) => {
        dataTransfer.setData(DRAGGED_TYPE, type.type);
        dataTransfer.effectAllowed = "copy";
      }}
      onClick={() => {
        addNext(type);
      }}
    >
      <span className={classes.icon}>
        <NodeIcon name={type.icon} size={16} />
      </span>
      {type.label[language]}
    </button>
  );
}
