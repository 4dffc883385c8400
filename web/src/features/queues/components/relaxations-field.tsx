import { ActionIcon, Button, Group, Input, NumberInput, Stack, Switch } from "@mantine/core";
import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";

export interface Relaxation {
  after_s: number;
  lower_by: number;
  drop: string[];
  drop_all: boolean;
}

interface RelaxationsFieldProps {
  label: string;
  description: string | undefined;
  value: Relaxation[];
  onChange: (relaxations: Relaxation[]) => void;
}

/** From which wait on which skills are asked for less. */
export function RelaxationsField({ label, description, value, onChange }: RelaxationsFieldProps) {
  const { t } = useTranslation("queues");
  const { t: shared } = useTranslation("shared");
  const change = (index: number, part: Partial<Relaxation>) => {
    onChange(value.map((relaxation, at) => (at === index ? { ...relaxation, ...part } : relaxation)));
  };
  return (
    <Input.Wrapper label={label} description={description} labelElement="div">
      <Stack gap="xs" mt={6}>
        {value.map(({ after_s, lower_by, drop_all }, index) => (
          <Group key={index} gap="sm" align="flex-end">
            <NumberInput
              w="8rem"
              label={t("relax.after")}
              min={0}
              max={3600}
              suffix={t("secondsSuffix")}
              value={after_s}
              onChange={(number) => {
                change(index, { after_s: Number(number) });
              }}
            />
            <NumberInput
              w="8rem"
              label={t("relax.lower")}
              min={0}
              max={10}
              disabled={drop_all}
              value={lower_by}
              onChange={(number) => {
                change(index, { lower_by: Number(number) });
              }}
            />
            <Switch
              label={t("relax.all")}
              mb={8}
              checked={drop_all}
              onChange={({ currentTarget }) => {
                change(index, { drop_all: currentTarget.checked });
              }}
            />
            <ActionIcon
              variant="subtle"
              color="red"
              mb={4}
              aria-label={shared("remove")}
              onClick={() => {
                onChange(value.filter((_, at) => at !== index));
              }}
            >
              <Trash2 size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="default"
          size="xs"
          leftSection={<Plus size={14} />}
          style={{ alignSelf: "flex-start" }}
          onClick={() => {
            const last = value.at(-1)?.after_s ?? 0;
            onChange([...value, { after_s: last + 30, lower_by: 1, drop: [], drop_all: false }]);
          }}
        >
          {t("relax.add")}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
