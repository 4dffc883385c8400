import { Button, Group, Stack, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";
import { Panel } from "@/shared/ui/panel";
import { ProblemNotice } from "@/shared/ui/problem-notice";

import { changeQueue, QUEUES, type Queue, type QueueWrite } from "../api/queues";
import { GROUPS, textName } from "../model/fields";
import { readSetting, writeSetting } from "../model/settings";
import { en } from "../texts/en";
import { SettingField } from "./setting-field";
import classes from "./settings-form.module.css";

type Choice = keyof typeof en.choice;

/** Everything about a queue that can be set, in groups; saved together. */
export function SettingsForm({ queue }: { queue: Queue }) {
  const { t } = useTranslation("queues");
  const { t: shared } = useTranslation("shared");
  const { id, code, name, name_en, store_id, enabled, settings } = queue;
  const [draft, setDraft] = useState<QueueWrite>({ code, name, name_en, store_id, enabled, settings });
  const [dirty, setDirty] = useState(false);
  const save = useChange(changeQueue, { touches: [QUEUES, "live-queues"], inForm: true });
  const set = (part: Partial<QueueWrite>) => {
    setDraft({ ...draft, ...part });
    setDirty(true);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(
          { id, ...draft },
          {
            onSuccess: () => {
              setDirty(false);
            },
          },
        );
      }}
    >
      <Stack gap="lg">
        {save.isError && <ProblemNotice error={save.error} />}
        <Panel title={t("group.basics.title")} hint={t("group.basics.hint")}>
          <div className={classes.fields}>
            <TextInput
              label={t("name")}
              required
              value={draft.name}
              onChange={({ currentTarget }) => {
                set({ name: currentTarget.value });
              }}
            />
            <TextInput
              label={t("nameEn")}
              value={draft.name_en}
              onChange={({ currentTarget }) => {
                set({ name_en: currentTarget.value });
              }}
            />
            <TextInput
              label={t("code")}
              description={t("codeHint")}
              required
              disabled={code.startsWith("store:")}
              value={draft.code}
              onChange={({ currentTarget }) => {
                set({ code: currentTarget.value });
              }}
            />
            <Switch
              label={t("enabled")}
              description={t("enabledHint")}
              checked={draft.enabled}
              onChange={({ currentTarget }) => {
                set({ enabled: currentTarget.checked });
              }}
            />
          </div>
        </Panel>
        {GROUPS.map(({ group, fields }) => (
          <Panel key={group} title={t(`group.${group}.title`)} hint={t(`group.${group}.hint`)}>
            <div className={classes.fields}>
              {fields.map((field) => (
                <div
                  key={field.name}
                  data-switch={field.kind === "switch" || undefined}
                  data-wide={["hours", "relaxations", "skills", "prompts", "queues"].includes(field.kind) || undefined}
                >
                  <SettingField
                    field={field}
                    label={t(`field.${textName(field.name)}.label`)}
                    help={t(`field.${textName(field.name)}.help`)}
                    choiceLabel={(choice) =>
                      Object.hasOwn(en.choice, choice) ? t(`choice.${choice as Choice}`) : choice
                    }
                    value={readSetting(draft.settings, field.name)}
                    onChange={(value) => {
                      set({ settings: writeSetting(draft.settings, field.name, value) });
                    }}
                  />
                </div>
              ))}
            </div>
          </Panel>
        ))}
        <Group className={classes.bar ?? ""} justify="flex-end" data-dirty={dirty || undefined}>
          <span role="status">{dirty && t("unsaved")}</span>
          <Button type="submit" loading={save.isPending} disabled={!dirty}>
            {shared("save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
