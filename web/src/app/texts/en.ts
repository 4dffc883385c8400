export const en = {
  skip: "Skip to the content",
  menu: "Menu",
  nav: {
    label: "Pages",
    work: "Work",
    administration: "Administration",
    desk: "Desk",
    status: "Status",
  },
  licence: "Free software, GPL-3.0-or-later",
  language: { label: "Language", vi: "Tiếng Việt", en: "English" },
  scheme: { toLight: "Light colours", toDark: "Dark colours" },
  notFound: { title: "There is no such page", back: "To the start page" },
  away: {
    title: "The server does not answer",
    text: "There is nothing to show yet. Is the server running? Start it with",
    trying: "This page asks again every {{seconds}} seconds.",
    retry: "Try again",
  },
  crash: {
    title: "This page failed",
    text: "The call center itself goes on working. Reload the page; if it fails again, please report this:",
    reload: "Reload",
  },
};
