import { LoginPage } from "@/features/login/login-page";

import { Brand } from "../shell/brand";
import { ColorSchemeSwitch } from "../shell/color-scheme-switch";
import { LanguageSwitch } from "../shell/language-switch";

/** The login page with the product's sign and the switches of the frame. */
export function LoginScreen() {
  return (
    <LoginPage
      brand={<Brand />}
      switches={
        <>
          <LanguageSwitch />
          <ColorSchemeSwitch />
        </>
      }
    />
  );
}
