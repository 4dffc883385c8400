import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { useSession } from "@/shared/session/session";

import { useDirectory, type DirectoryEntry } from "../api/find-directory";
import { withTyped } from "../model/directory";
import { DirectoryOption } from "./directory-option";
import classes from "./directory-search.module.css";

interface DirectorySearchProps {
  chosen: DirectoryEntry | null;
  onChoose: (entry: DirectoryEntry | null) => void;
}

/** Finds colleagues, queues, stores and numbers; by mouse, or by arrow keys and Enter. */
export function DirectorySearch({ chosen, onChoose }: DirectorySearchProps) {
  const { t } = useTranslation("softphone");
  const ownId = useSession().user.id;
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const [words] = useDebouncedValue(text.trim(), 150);
  const { data, isSuccess } = useDirectory(words);
  const options = withTyped(data ?? [], text, ownId);
  const listId = useId();
  const optionId = (index: number): string => `${listId}-${index}`;

  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((active + step + options.length) % Math.max(1, options.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      onChoose(options[active] ?? null);
    }
  };

  return (
    <div>
      <TextInput
        role="combobox"
        aria-expanded={options.length > 0}
        aria-controls={listId}
        aria-activedescendant={options.length > 0 ? optionId(active) : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        data-autofocus
        // eslint-disable-next-line jsx-a11y/no-autofocus -- opened on request, to be typed into
        autoFocus
        leftSection={<Search size={16} />}
        aria-label={t("transfer.search")}
        placeholder={t("transfer.search")}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          setActive(0);
          onChoose(null);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label={t("transfer.results")} className={classes.list}>
        {options.map((entry, index) => (
          <DirectoryOption
            key={`${entry.kind}:${entry.value}`}
            id={optionId(index)}
            entry={entry}
            active={index === active}
            selected={chosen?.kind === entry.kind && chosen.value === entry.value}
            onChoose={() => {
              setActive(index);
              onChoose(entry);
            }}
          />
        ))}
      </div>
      {isSuccess && options.length === 0 && <p className={classes.none}>{t("transfer.none")}</p>}
    </div>
  );
}
