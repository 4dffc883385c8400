import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

interface SearchFieldProps {
  label: string;
  placeholder?: string;
  /** What is searched for at first. */
  initial?: string;
  /** Called a moment after the last key. */
  onSearch: (text: string) => void;
  autoFocus?: boolean;
}

export function SearchField({
  label,
  placeholder = label,
  initial = "",
  onSearch,
  autoFocus = false,
}: SearchFieldProps) {
  const { t } = useTranslation("shared");
  const [text, setText] = useState(initial);
  const search = useDebouncedCallback(onSearch, 250);
  const change = (value: string) => {
    setText(value);
    search(value.trim());
  };
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      data-autofocus={autoFocus || undefined}
      leftSection={<Search size={16} aria-hidden="true" />}
      rightSection={
        text !== "" && (
          <CloseButton
            size="sm"
            aria-label={t("clear")}
            onClick={() => {
              change("");
            }}
          />
        )
      }
      onChange={({ currentTarget }) => {
        change(currentTarget.value);
      }}
    />
  );
}
