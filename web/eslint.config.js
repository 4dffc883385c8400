import js from "@eslint/js";
import checkFile from "eslint-plugin-check-file";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const sources = "src/**/*.{ts,tsx}";

/** Forbid imports that would point up or sideways: app → features → shared. */
const noImports = (patterns) => ({
  "no-restricted-imports": ["error", { patterns: patterns.map(([group, message]) => ({ group, message })) }],
});

export default tseslint.config(
  { ignores: ["node_modules", "src/shared/api/schema.gen.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    files: [sources],
    extends: [reactHooks.configs.flat["recommended-latest"], jsxA11y.flatConfigs.strict],
    plugins: { "check-file": checkFile },
    rules: {
      "max-lines": ["error", { max: 150, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      "check-file/filename-naming-convention": [
        "error",
        { "**/*.{ts,tsx}": "KEBAB_CASE" },
        { ignoreMiddleExtensions: true },
      ],
      "check-file/folder-naming-convention": ["error", { "src/**/": "KEBAB_CASE" }],
      "check-file/filename-blocklist": ["error", { "**/index.{ts,tsx}": "*-by-what-it-holds.ts" }],
    },
  },
  // Lists of texts are as long as there is something to say.
  { files: ["src/**/texts/*.ts"], rules: { "max-lines": "off" } },
  {
    files: ["src/shared/**"],
    rules: noImports([
      [["@/app/*", "@/features/*", "**/../app/*", "**/../features/*"], "shared knows neither features nor the app"],
    ]),
  },
  {
    files: ["src/features/**"],
    rules: noImports([
      [["@/app/*"], "features do not know the app"],
      [["@/features/*", "../../*"], "features do not know each other; within one, import relatively"],
    ]),
  },
);
