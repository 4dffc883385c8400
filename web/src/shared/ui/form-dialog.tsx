import { Button, Drawer, Group, Stack } from "@mantine/core";
import type { ReactNode, SubmitEventHandler } from "react";
import { useTranslation } from "react-i18next";

import { ProblemNotice } from "@/shared/ui/problem-notice";

interface FormDialogProps {
  opened: boolean;
  title: string;
  onClose: () => void;
  onSubmit: SubmitEventHandler<HTMLFormElement>;
  busy: boolean;
  /** What the last attempt to save failed with; null: nothing. */
  error: unknown;
  children: ReactNode;
}

/** A form at the side of the page, saved with one button. A click beside it loses nothing: it stays. */
export function FormDialog({ opened, title, onClose, onSubmit, busy, error, children }: FormDialogProps) {
  const { t } = useTranslation("shared");
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={title}
      position="right"
      size="md"
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <form onSubmit={onSubmit} noValidate>
        <Stack>
          {error !== null && <ProblemNotice error={error} />}
          {children}
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Drawer>
  );
}
