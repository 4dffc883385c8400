import { TextInput } from "@mantine/core";
import { useClickOutside } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useLanguage } from "@/shared/i18n/use-language";

import { canBeEntered, portsOf } from "../model/ports";
import { rankTypes } from "../model/rank-types";
import { useEditor, useEditorState } from "../state/editor-context";
import { useCommands } from "../state/use-commands";
import type { AddMenu } from "../state/view-slice";
import classes from "./add-menu.module.css";
import { NodeIcon } from "./node-icon";
import { toneOf } from "./node-look";

/** The node types that fit where the menu was opened, chosen by name. */
export function AddMenuPopover() {
  const menu = useEditorState((state) => state.addMenu);
  return menu && <Menu key={`${menu.screen.x} ${menu.screen.y}`} menu={menu} />;
}

function Menu({ menu: { screen, position, origin } }: { menu: AddMenu }) {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const { store, catalogue, types } = useEditor();
  const { add } = useCommands();
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const close = () => {
    store.getState().show({ addMenu: null });
  };
  const ref = useClickOutside(close);
  const possible = catalogue.types.filter(({ type }) =>
    origin === undefined ? type !== "start" : canBeEntered(type, types),
  );
  const fitting = rankTypes(possible, query, language);
  const choose = (index: number) => {
    const type = fitting[index];
    if (type === undefined) return;
    add(type, position, origin);
    close();
  };
  const source = origin && store.getState().document.nodes.find(({ id }) => id === origin.node);
  const port = source && portsOf(source, types.get(source.type)).find(({ id }) => id === origin.port);
  const left = Math.max(8, Math.min(screen.x, globalThis.innerWidth - 276));
  const top = Math.max(8, Math.min(screen.y, globalThis.innerHeight - 380));
  return (
    <div
      ref={ref}
      className={classes.menu}
      style={{ left, top }}
      role="dialog"
      aria-label={port ? t("addMenu.connected", { port: port.label[language] }) : t("addMenu.label")}
    >
      <p className={classes.title}>
        {port ? t("addMenu.connected", { port: port.label[language] }) : t("addMenu.label")}
      </p>
      <TextInput
        size="sm"
        data-autofocus
        ref={(field) => {
          field?.focus({ preventScroll: true });
        }}
        role="combobox"
        aria-expanded
        aria-controls="add-menu-types"
        aria-activedescendant={fitting[chosen] && `add-${fitting[chosen].type}`}
        aria-label={t("addMenu.search")}
        placeholder={t("addMenu.search")}
        leftSection={<Search size={15} aria-hidden="true" />}
        value={query}
        onChange={({ currentTarget }) => {
          setQuery(currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
          else if (event.key === "Enter") choose(chosen);
          else if (event.key === "ArrowDown") setChosen(Math.min(chosen + 1, fitting.length - 1));
          else if (event.key === "ArrowUp") setChosen(Math.max(chosen - 1, 0));
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <div id="add-menu-types" role="listbox" aria-label={t("palette.label")} className={classes.types}>
        {fitting.map((type, index) => {
          return (
            <button
              key={type.type}
              id={`add-${type.type}`}
              type="button"
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              className={classes.type}
              data-tone={toneOf(type.category)}
              onClick={() => {
                choose(index);
              }}
            >
              <NodeIcon name={type.icon} size={16} />
              {type.label[language]}
            </button>
          );
        })}
        {fitting.length === 0 && <p className={classes.none}>{t("palette.none")}</p>}
      </div>
    </div>
  );
}
