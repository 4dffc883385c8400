import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import type { i18n as I18n } from "i18next";
import { I18nextProvider } from "react-i18next";

import { ToastList } from "@/shared/toast/toast-list";

import type { Pages } from "./router";
import { theme, variables } from "./theme";

const colorSchemes = localStorageColorSchemeManager({ key: "callcenter.color-scheme" });

interface AppProps {
  i18n: I18n;
  router: Pages;
}

/** All pages within everything they share: colours, language, the cache of what the server said. */
export function App({ i18n, router }: AppProps) {
  return (
    <I18nextProvider i18n={i18n}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={variables}
        colorSchemeManager={colorSchemes}
        defaultColorScheme="auto"
      >
        <QueryClientProvider client={router.options.context.queries}>
          <RouterProvider router={router} />
          <ToastList />
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>
  );
}
