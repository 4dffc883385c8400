export const en = {
  skip: "Skip to the content",
  menu: "Menu",
  nav: {
    label: "Pages",
    operations: "Operations",
    status: "Status",
    machines: "For machines",
    openapi: "OpenAPI description",
    metrics: "Prometheus metrics",
    figures: "Status as JSON",
  },
  licence: "Free software, GPL-3.0-or-later",
  language: { label: "Language", vi: "Tiếng Việt", en: "English" },
  scheme: { toLight: "Light colours", toDark: "Dark colours" },
  notFound: { title: "There is no such page", back: "To the status page" },
  crash: {
    title: "This page failed",
    text: "The call center itself goes on working. Reload the page; if it fails again, please report this:",
    reload: "Reload",
  },
};
