import { Group } from "@mantine/core";

import { AccountPage } from "@/features/account/account-page";

import { ColorSchemeSwitch } from "../shell/color-scheme-switch";
import { LanguageSwitch } from "../shell/language-switch";

/** The account page with the switches of the frame. */
export function AccountScreen() {
  return (
    <AccountPage
      switches={
        <Group>
          <LanguageSwitch />
          <ColorSchemeSwitch />
        </Group>
      }
    />
  );
}
