import { Combobox, Textarea, useCombobox } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { complete, type Completion } from "../model/completion";
import { useEditor } from "../state/editor-context";
import { useForm, type FieldProps } from "./form-context";
import classes from "./fields.module.css";

/** Text with `{{ variables }}`, or one expression; known names are offered while typing. */
export function ExpressionField({ field, label, help, error, value, onChange }: FieldProps<string>) {
  const usual = typeof field.schema.default === "string" ? field.schema.default : "";
  return (
    <CompletedText
      label={label}
      description={help}
      error={error}
      required={field.required}
      isTemplate={field.kind === "template"}
      value={value ?? usual}
      onChange={(text) => {
        onChange(text === "" && field.nullable ? undefined : text);
      }}
    />
  );
}

interface CompletedTextProps {
  label?: string;
  "aria-label"?: string;
  description?: string | undefined;
  error?: string | undefined;
  placeholder?: string;
  required?: boolean;
  /** Names count only between braces. */
  isTemplate: boolean;
  value: string;
  onChange: (text: string) => void;
}

export function CompletedText({ isTemplate, value, onChange, required = false, ...texts }: CompletedTextProps) {
  const { t } = useTranslation("flows");
  const { variables } = useForm();
  const { filters } = useEditor().catalogue.expressions;
  const combobox = useCombobox();
  const field = useRef<HTMLTextAreaElement>(null);
  const [found, setFound] = useState<Completion | null>(null);
  const look = (text: string, caret: number) => {
    const completion = complete(text, caret, { isTemplate, variables, filters });
    setFound(completion);
    if (completion === null) combobox.closeDropdown();
    else {
      combobox.openDropdown();
      combobox.selectFirstOption();
    }
  };
  const take = (name: string) => {
    if (found === null) return;
    const text = value.slice(0, found.from) + name + value.slice(found.to);
    const caret = found.from + name.length;
    onChange(text);
    combobox.closeDropdown();
    setFound(null);
    requestAnimationFrame(() => field.current?.setSelectionRange(caret, caret));
  };
  return (
    <Combobox store={combobox} onOptionSubmit={take} withinPortal>
      <Combobox.Target withExpandedAttribute>
        <Textarea
          {...texts}
          ref={field}
          withAsterisk={required}
          autosize
          minRows={1}
          maxRows={10}
          spellCheck={isTemplate}
          classNames={{ input: isTemplate ? "" : (classes.code ?? "") }}
          value={value}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value);
            look(currentTarget.value, currentTarget.selectionStart);
          }}
          onBlur={() => {
            combobox.closeDropdown();
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape" && combobox.dropdownOpened) event.stopPropagation();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={found === null} aria-label={t("form.suggestions")}>
        <Combobox.Options mah={220} style={{ overflowY: "auto" }}>
          {found?.options.map(({ name, kind }) => (
            <Combobox.Option key={`${kind} ${name}`} value={name} className={classes.suggestion ?? ""}>
              <code>{name}</code>
              <span>{t(kind === "filter" ? "form.filters" : "form.variables")}</span>
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
