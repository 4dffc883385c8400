import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { Check, Copy } from "lucide-react";

import classes from "./copyable.module.css";

interface CopyableProps {
  text: string;
  /** What the button does, said to screen readers, and what it did. */
  labels: { copy: string; copied: string };
}

/** Something to type elsewhere: shown as code, copied with one press where the browser allows it. */
export function Copyable({ text, labels }: CopyableProps) {
  return (
    <span className={classes.copyable}>
      <code className={classes.text}>{text}</code>
      {/* Browsers offer the clipboard to secure pages only. */}
      {globalThis.isSecureContext && (
        <CopyButton value={text} timeout={1500}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? labels.copied : labels.copy} withArrow>
              <ActionIcon
                variant="subtle"
                color={copied ? "brand" : "gray"}
                onClick={copy}
                aria-label={`${copied ? labels.copied : labels.copy}: ${text}`}
              >
                {copied ? <Check size={15} /> : <Copy size={15} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      )}
    </span>
  );
}
