import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Role } from "@/shared/session/session";

const ROLES = ["agent", "supervisor", "admin"] as const;

interface RoleSelectProps {
  label: string;
  description?: string;
  value: Role;
  onChange: (role: Role) => void;
}

/** What somebody, or a program, may do. */
export function RoleSelect({ label, description, value, onChange }: RoleSelectProps) {
  const { t } = useTranslation("shared");
  return (
    <Select
      label={label}
      description={description}
      allowDeselect={false}
      data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
      value={value}
      onChange={(chosen) => {
        onChange(ROLES.find((role) => role === chosen) ?? value);
      }}
    />
  );
}
