import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

/** The voice of the line: a calm green-blue. */
const brand: MantineColorsTuple = [
  "#e5f7f3",
  "#cdece5",
  "#9cdacc",
  "#66c7b1",
  "#3fbf9f",
  "#25a486",
  "#128a71",
  "#0b7461",
  "#075f50",
  "#044b40",
];

/** Greys with the same touch of blue as the dark surfaces, for fields and switches. */
const dark: MantineColorsTuple = [
  "#d5dde3",
  "#b7c2cb",
  "#8b99a5",
  "#5f6d79",
  "#3a4752",
  "#2a3640",
  "#1d272f",
  "#151d24",
  "#10171d",
  "#0b1014",
];

/** Dialogs lie on the same surface as panels. */
const DIALOG = {
  content: { background: "var(--cc-surface)" },
  header: { background: "var(--cc-surface)" },
  title: { fontSize: "var(--mantine-font-size-lg)", fontWeight: 650 },
};

export const theme = createTheme({
  colors: { brand, dark },
  primaryColor: "brand",
  // White text on it reads at 5.7:1, and it stands out from both surfaces at 3:1.
  primaryShade: 7,
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: 'ui-sans-serif, system-ui, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, "Liberation Mono", monospace',
  headings: { fontWeight: "650" },
  components: {
    Modal: { styles: DIALOG },
    Drawer: { styles: DIALOG },
  },
});

/**
 * Colours by role. Components use these names, never a palette entry, so that both schemes stay readable (WCAG AA:
 * text at 4.5:1, marks that carry meaning at 3:1).
 */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f3f6f7",
    "--mantine-color-text": "#15212b",
    "--mantine-color-dimmed": "#51606d",
    "--cc-surface": "#ffffff",
    "--cc-line": "#dde4e8",
    "--cc-shadow": "0 1px 2px rgb(16 32 43 / 5%)",
    "--cc-accent": "#0b7461",
    "--cc-accent-fill": "#e2f4ef",
    "--cc-quiet-fill": "#edf1f3",
    "--cc-good": "#128a71",
    "--cc-good-text": "#075f50",
    "--cc-good-fill": "#e0f4ee",
    "--cc-warning": "#b26a00",
    "--cc-warning-text": "#7d4a00",
    "--cc-warning-fill": "#fdf0d8",
    "--cc-bad": "#cf3636",
    "--cc-bad-text": "#a02323",
    "--cc-bad-fill": "#fde9e8",
    "--cc-info": "#3b6fd4",
    "--cc-info-text": "#24509f",
    "--cc-info-fill": "#e6eefb",
    "--cc-aside": "#7f5bd0",
    "--cc-aside-text": "#5b3ba6",
    "--cc-aside-fill": "#efe9fb",
    "--cc-neutral": "#71808c",
  },
  dark: {
    "--mantine-color-body": "#0d1318",
    "--mantine-color-text": "#e4ebf0",
    "--mantine-color-dimmed": "#9dabb7",
    "--cc-surface": "#151d24",
    "--cc-line": "#28333d",
    "--cc-shadow": "none",
    "--cc-accent": "#4fd0b0",
    "--cc-accent-fill": "#12332d",
    "--cc-quiet-fill": "#202b34",
    "--cc-good": "#3fbf9f",
    "--cc-good-text": "#74dcc2",
    "--cc-good-fill": "#12332d",
    "--cc-warning": "#e3a33b",
    "--cc-warning-text": "#f0c06f",
    "--cc-warning-fill": "#362a14",
    "--cc-bad": "#f06a66",
    "--cc-bad-text": "#ff9f9b",
    "--cc-bad-fill": "#3c1d1e",
    "--cc-info": "#6d9cf2",
    "--cc-info-text": "#a3c2fa",
    "--cc-info-fill": "#17263f",
    "--cc-aside": "#ab8df0",
    "--cc-aside-text": "#ccb9f7",
    "--cc-aside-fill": "#281f40",
    "--cc-neutral": "#8695a1",
  },
});
