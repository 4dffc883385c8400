import { Button, Group, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useAgents } from "@/shared/live/live-lists";
import type { AgentView } from "@/shared/live/views";

import type { Queue } from "../api/queues";

interface AddMemberProps {
  queue: Queue;
  busy: boolean;
  onAdd: (agent: AgentView) => void;
}

/** Chooses an agent who is not in the queue yet. */
export function AddMember({ queue, busy, onAdd }: AddMemberProps) {
  const { t } = useTranslation("queues");
  const agents = useAgents();
  const [chosen, setChosen] = useState<string | null>(null);
  const others = (agents.data ?? []).filter(({ id }) => !queue.members.some(({ agent_id }) => agent_id === id));
  return (
    <Group align="flex-end">
      <Select
        label={t("members.add")}
        placeholder={t("members.choose")}
        searchable
        data={others.map(({ id, name, extension }) => ({
          value: id,
          label: extension === null ? name : `${name} (${extension})`,
        }))}
        value={chosen}
        onChange={setChosen}
      />
      <Button
        disabled={chosen === null}
        loading={busy}
        onClick={() => {
          const agent = others.find(({ id }) => id === chosen);
          setChosen(null);
          if (agent !== undefined) onAdd(agent);
        }}
      >
        {t("members.put")}
      </Button>
    </Group>
  );
}
