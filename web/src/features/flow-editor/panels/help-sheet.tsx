import { Kbd, Modal, Table } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useEditor, useEditorState } from "../state/editor-context";

const KEYS = [
  ["add", "A"],
  ["connect", "C"],
  ["next", "Tab"],
  ["find", "Ctrl F"],
  ["undo", "Ctrl Z"],
  ["redo", "Ctrl Shift Z"],
  ["copy", "Ctrl C", "Ctrl X", "Ctrl V"],
  ["duplicate", "Ctrl D"],
  ["all", "Ctrl A"],
  ["several", "Shift"],
  ["remove", "Delete"],
  ["move", "← ↑ → ↓"],
  ["layout", "L"],
  ["fit", "F"],
  ["zoom", "+", "-"],
  ["simulate", "T"],
  ["save", "Ctrl S"],
  ["escape", "Esc"],
  ["help", "?"],
] as const;

/** Every key of the editor. */
export function HelpSheet() {
  const { t } = useTranslation("flows");
  const { t: shared } = useTranslation("shared");
  const { store } = useEditor();
  const opened = useEditorState((state) => state.helpShown);
  return (
    <Modal
      opened={opened}
      title={t("help.title")}
      size="lg"
      closeButtonProps={{ "aria-label": shared("close") }}
      onClose={() => {
        store.getState().show({ helpShown: false });
      }}
    >
      <Table>
        <Table.Tbody>
          {KEYS.map(([text, ...keys]) => (
            <Table.Tr key={text}>
              <Table.Td>{t(`help.${text}`)}</Table.Td>
              <Table.Td ta="right">
                {keys.map((key) => (
                  <Kbd key={key} ml={6}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
