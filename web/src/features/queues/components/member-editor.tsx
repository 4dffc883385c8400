import { ActionIcon, NumberInput, Stack, Switch, Text } from "@mantine/core";
import { Trash2, UsersRound } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { DataTable, type Column } from "@/shared/ui/data-table";
import { EmptyState } from "@/shared/ui/empty-state";

import { QUEUES, saveMembers, type Member, type Queue } from "../api/queues";
import { AddMember } from "./add-member";
import { SkillsField } from "./skills-field";

/** Who is in a queue: added, taken out and weighed here; each change is saved at once. */
export function MemberEditor({ queue }: { queue: Queue }) {
  const { t } = useTranslation("queues");
  const { t: shared } = useTranslation("shared");
  const save = useChange(saveMembers, { touches: [QUEUES, "live-queues"] });
  const named = queue.members.filter(({ implied }) => !implied);
  const strategy = queue.settings.strategy;
  const keep = (members: Member[]) => {
    save.mutate({
      id: queue.id,
      members: members.map(({ agent_id, order, weight, active }) => ({ agent_id, order, weight, active })),
    });
  };
  const change = (member: Member, part: Partial<Member>) => {
    keep(named.map((other) => (other.agent_id === member.agent_id ? { ...other, ...part } : other)));
  };
  const columns: Column<Member>[] = [
    {
      key: "name",
      header: t("members.agent"),
      main: true,
      cell: (member) => (
        <>
          <Text fw={600} size="sm">
            {member.name}
          </Text>
          <Text size="xs" c="dimmed">
            {[member.extension, member.implied && t("members.implied")].filter(Boolean).join(" · ")}
          </Text>
        </>
      ),
    },
    {
      key: "active",
      header: t("members.active"),
      cell: (member) => (
        <Switch
          aria-label={t("members.activeOf", { name: member.name })}
          checked={member.active}
          disabled={member.implied}
          onChange={({ currentTarget }) => {
            change(member, { active: currentTarget.checked });
          }}
        />
      ),
    },
    {
      key: "skills",
      header: t("members.skills"),
      cell: ({ agent_id, name }) => <SkillsField agentId={agent_id} name={name} />,
    },
  ];
  const number = (key: "order" | "weight", min: number): Column<Member> => ({
    key,
    header: t(`members.${key}`),
    cell: (member) => (
      <NumberInput
        w="5.5rem"
        size="xs"
        min={min}
        max={key === "weight" ? 100 : 10_000}
        aria-label={t(`members.${key}`)}
        disabled={member.implied}
        defaultValue={member[key]}
        onBlur={({ currentTarget }) => {
          const value = Number(currentTarget.value);
          if (value !== member[key]) change(member, { [key]: value });
        }}
      />
    ),
  });
  if (strategy === "linear") columns.push(number("order", 0));
  if (strategy === "weighted") columns.push(number("weight", 1));
  columns.push({
    key: "remove",
    header: shared("remove"),
    tight: true,
    cell: (member) =>
      !member.implied && (
        <ActionIcon
          variant="subtle"
          color="red"
          aria-label={t("members.remove", { name: member.name })}
          onClick={() => {
            keep(named.filter((other) => other.agent_id !== member.agent_id));
          }}
        >
          <Trash2 size={16} />
        </ActionIcon>
      ),
  });
  return (
    <Stack>
      <AddMember
        queue={queue}
        busy={save.isPending}
        onAdd={({ id, name, extension }) => {
          const place = { order: named.length, weight: 1, active: true };
          keep([...named, { ...place, agent_id: id, name, extension, implied: false }]);
        }}
      />
      {queue.members.length === 0 ? (
        <EmptyState icon={UsersRound} title={t("members.none")} text={t("members.noneText")} />
      ) : (
        <DataTable
          label={t("members.title")}
          columns={columns}
          rows={queue.members}
          rowKey={({ agent_id }) => agent_id}
        />
      )}
    </Stack>
  );
}
