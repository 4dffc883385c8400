import { Button, FileButton, Group, Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { Plus, Upload, Workflow } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useLiveList } from "./api/use-live-flows";
import { ConfirmDialog } from "@/shared/ui/confirm-dialog";
import { EmptyState } from "@/shared/ui/empty-state";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";

import { FlowTable } from "./listing/flow-table";
import { NewFlowDialog } from "./listing/new-flow-dialog";
import { useImport } from "./listing/use-import";

/** All call flows: what is in service, what is being drawn, and what is wrong. */
export function FlowsPage() {
  const { t } = useTranslation("flows");
  const navigate = useNavigate();
  const flows = useLiveList();
  const [adding, setAdding] = useState(false);
  const open = (id: string) => void navigate({ to: "/admin/flows/$flowId", params: { flowId: id } });
  const { read, taken, replace, cancel, isPending } = useImport(open);
  const add = (
    <Button
      leftSection={<Plus size={16} aria-hidden="true" />}
      onClick={() => {
        setAdding(true);
      }}
    >
      {t("add")}
    </Button>
  );
  return (
    <Stack>
      <PageTitle title={t("title")} hint={t("hint")}>
        <Group gap="xs">
          <FileButton accept="application/json,.json" onChange={(file) => void read(file)}>
            {(props) => (
              <Button
                {...props}
                variant="default"
                loading={isPending}
                leftSection={<Upload size={16} aria-hidden="true" />}
              >
                {t("import")}
              </Button>
            )}
          </FileButton>
          {add}
        </Group>
      </PageTitle>
      <QueryState query={flows} data={flows.data}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={Workflow} title={t("none")} text={t("noneText")}>
              {add}
            </EmptyState>
          ) : (
            <FlowTable flows={rows} onCopied={open} />
          )
        }
      </QueryState>
      {adding && (
        <NewFlowDialog
          taken={(flows.data ?? []).map(({ id }) => id)}
          onClose={() => {
            setAdding(false);
          }}
          onAdded={open}
        />
      )}
      <ConfirmDialog
        opened={taken !== null}
        title={t("file.title")}
        text={t("file.text", { id: taken ?? "" })}
        action={t("file.over")}
        busy={isPending}
        onConfirm={replace}
        onClose={cancel}
      />
    </Stack>
  );
}
