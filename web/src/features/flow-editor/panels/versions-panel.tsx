import { Button, Group, Text } from "@mantine/core";
import { GitCompareArrows, History, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { formatWhen } from "@/shared/format/date-time";
import { useLanguage } from "@/shared/i18n/use-language";
import { ConfirmDialog } from "@/shared/ui/confirm-dialog";
import { EmptyState } from "@/shared/ui/empty-state";
import { QueryState } from "@/shared/ui/query-state";
import { StateLabel } from "@/shared/ui/state-label";

import { getVersion, restoreVersion, useVersions } from "../api/editing";
import { FLOWS } from "../api/flows";
import type { Version } from "../api/views";
import { SidePanel } from "../inspector/side-panel";
import { useEditor, useEditorState } from "../state/editor-context";
import classes from "./panels.module.css";

/** What was published when and by whom; each version can be compared with the draft and brought back. */
export function VersionsPanel() {
  const { t } = useTranslation("flows");
  const { store, session } = useEditor();
  const id = useEditorState((state) => state.document.id);
  const [restoring, setRestoring] = useState<Version | null>(null);
  const versions = useVersions(id);
  const compare = useChange((version: number) => getVersion(id, version), { touches: [], done: null });
  const restore = useChange(restoreVersion, {
    touches: [FLOWS],
    done: t("versions.restored", { version: restoring?.version }),
  });
  return (
    <SidePanel label={t("versions.title")} title={t("versions.title")}>
      <QueryState query={versions} data={versions.data} lines={3}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon={History} title={t("versions.none")} />
          ) : (
            list.map((version) => (
              <VersionCard
                key={version.version}
                version={version}
                onCompare={() => {
                  compare.mutate(version.version, {
                    onSuccess: ({ document }) => {
                      store.getState().compareWith(document, t("versions.number", { version: version.version }));
                    },
                  });
                }}
                onRestore={() => {
                  setRestoring(version);
                }}
              />
            ))
          )
        }
      </QueryState>
      <ConfirmDialog
        opened={restoring !== null}
        title={t("versions.restoreTitle", { version: restoring?.version })}
        text={t("versions.restoreText")}
        action={t("versions.restore")}
        busy={restore.isPending}
        onClose={() => {
          setRestoring(null);
        }}
        onConfirm={() => {
          if (restoring === null) return;
          restore.mutate(
            { id, version: restoring.version },
            {
              onSuccess: (flow) => {
                session.show(flow);
                setRestoring(null);
              },
            },
          );
        }}
      />
    </SidePanel>
  );
}

interface VersionCardProps {
  version: Version;
  onCompare: () => void;
  onRestore: () => void;
}

function VersionCard({ version, onCompare, onRestore }: VersionCardProps) {
  const { t } = useTranslation("flows");
  const language = useLanguage();
  const current = useEditorState((state) => state.publishedVersion === version.version);
  const readOnly = useEditorState((state) => state.readOnly);
  const who = version.author || (version.origin === "file" ? t("versions.file") : "");
  return (
    <article className={classes.version} data-current={current || undefined}>
      <Group justify="space-between" gap="xs">
        <Text fw={600}>{t("versions.number", { version: version.version })}</Text>
        {current && <StateLabel tone="good">{t("versions.current")}</StateLabel>}
        {!version.usable && <StateLabel tone="bad">{t("versions.unusable")}</StateLabel>}
      </Group>
      <Text size="xs" c="dimmed">
        {[formatWhen(version.published_at, language), who].filter(Boolean).join(" · ")}
      </Text>
      {version.note !== "" && <p className={classes.note}>{version.note}</p>}
      <Group gap={6} mt="xs">
        <Button size="compact-sm" variant="default" leftSection={<GitCompareArrows size={14} />} onClick={onCompare}>
          {t("versions.compare")}
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<RotateCcw size={14} />}
          disabled={readOnly}
          onClick={onRestore}
        >
          {t("versions.restore")}
        </Button>
      </Group>
    </article>
  );
}
