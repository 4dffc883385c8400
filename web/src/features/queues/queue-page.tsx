import { Button, Tabs } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { BackLink } from "@/shared/ui/back-link";
import { ConfirmDialog } from "@/shared/ui/confirm-dialog";
import { PageTitle } from "@/shared/ui/page-title";
import { QueryState } from "@/shared/ui/query-state";

import { QUEUES, removeQueue, useQueue, type Queue } from "./api/queues";
import { MemberEditor } from "./components/member-editor";
import { SettingsForm } from "./components/settings-form";

/** One queue: who is in it, and everything that can be set. */
export function QueuePage() {
  const { t } = useTranslation("queues");
  const id = useParams({ strict: false, select: ({ queueId }) => queueId ?? "" });
  const queue = useQueue(id);
  return (
    <>
      <BackLink to="/admin/queues">{t("title")}</BackLink>
      <QueryState query={queue} data={queue.data}>
        {(data) => <Editor queue={data} />}
      </QueryState>
    </>
  );
}

function Editor({ queue }: { queue: Queue }) {
  const { t } = useTranslation("queues");
  const { t: shared } = useTranslation("shared");
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useChange(removeQueue, { touches: [QUEUES, "live-queues"], done: shared("deleted") });
  return (
    <>
      <PageTitle title={queue.name} hint={queue.code}>
        {!queue.implied && (
          <Button
            variant="subtle"
            color="red"
            onClick={() => {
              setAsking(true);
            }}
          >
            {shared("remove")}
          </Button>
        )}
      </PageTitle>
      <Tabs defaultValue="members" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="members">{t("members.count", { count: queue.members.length })}</Tabs.Tab>
          <Tabs.Tab value="settings">{t("settings")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="members">
          <MemberEditor queue={queue} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <SettingsForm queue={queue} />
        </Tabs.Panel>
      </Tabs>
      <ConfirmDialog
        opened={asking}
        title={t("removeTitle", { name: queue.name })}
        text={t("removeText")}
        action={shared("remove")}
        busy={remove.isPending}
        onClose={() => {
          setAsking(false);
        }}
        onConfirm={() => {
          remove.mutate(queue.id, { onSuccess: () => void navigate({ to: "/admin/queues" }) });
        }}
      />
    </>
  );
}
