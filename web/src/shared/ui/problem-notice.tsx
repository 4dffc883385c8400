import { Alert, Button, Group, Text } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useProblemText } from "@/shared/api/use-problem-text";

import classes from "./problem-notice.module.css";

interface ProblemNoticeProps {
  error: unknown;
  /** Tries again; without it the text alone says what to do. */
  onRetry?: () => void;
}

/** Says what went wrong and what to do about it. */
export function ProblemNotice({ error, onRetry }: ProblemNoticeProps) {
  const { t } = useTranslation("shared");
  const problemText = useProblemText();
  return (
    <Alert
      role="alert"
      icon={<CircleAlert size={20} />}
      title={t("problem.title")}
      classNames={{ root: classes.notice ?? "", title: classes.title ?? "", icon: classes.title ?? "" }}
    >
      <Group justify="space-between" gap="sm">
        <Text size="sm">{problemText(error)}</Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t("retry")}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
