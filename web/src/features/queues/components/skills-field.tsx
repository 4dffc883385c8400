import { TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useChange } from "@/shared/api/use-change";

import { getSkills, saveSkills } from "../api/queues";
import { skillsToTags, tagsToSkills } from "../model/settings";

/** What an agent can do, as tags with levels; the same in all queues. */
export function SkillsField({ agentId, name }: { agentId: string; name: string }) {
  const { t } = useTranslation("queues");
  const skills = useQuery({ queryKey: ["skills", agentId], queryFn: ({ signal }) => getSkills(agentId, signal) });
  const save = useChange(saveSkills, { touches: ["skills"] });
  return (
    <TagsInput
      size="xs"
      miw="10rem"
      aria-label={t("members.skillsOf", { name })}
      placeholder={t("members.skill")}
      disabled={skills.data === undefined}
      value={skillsToTags(save.isPending ? save.variables.skills : (skills.data?.skills ?? {}))}
      onChange={(tags) => {
        save.mutate({ agentId, skills: tagsToSkills(tags) });
      }}
    />
  );
}
