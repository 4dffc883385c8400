import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import classes from "./keypad.module.css";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** Keys for the other side's menu; typing works too while the keypad has the focus. */
export function Keypad({ onKey }: { onKey: (key: string) => void }) {
  const { t } = useTranslation("softphone");
  const [sent, setSent] = useState("");
  const keypad = useRef<HTMLDivElement>(null);
  useEffect(() => {
    keypad.current?.querySelector("button")?.focus();
  }, []);
  const press = (key: string): void => {
    setSent((keys) => (keys + key).slice(-24));
    onKey(key);
  };
  return (
    // The handler adds to what the buttons inside do; the group itself is not operated.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={keypad}
      className={classes.keypad}
      onKeyDown={({ key, altKey, ctrlKey, metaKey }) => {
        if (KEYS.includes(key) && !altKey && !ctrlKey && !metaKey) press(key);
      }}
    >
      <output className={classes.sent} aria-label={t("keypad.sent")}>
        {sent}
      </output>
      <div className={classes.keys} role="group" aria-label={t("keypad.title")}>
        {KEYS.map((key) => (
          <button
            key={key}
            type="button"
            className={classes.key}
            aria-label={t("keypad.key", { key })}
            onClick={() => {
              press(key);
            }}
          >
            {key}
          </button>
        ))}
      </div>
      <p className={classes.hint}>{t("keypad.hint")}</p>
    </div>
  );
}
