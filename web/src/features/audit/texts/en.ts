export const en = {
  title: "Audit log",
  hint: "Who did what, when and from where. Lines are added and never changed.",
  none: "No lines",
  noneText: "Nothing matches these filters.",
  system: "the system",
  topic: "What about",
  topics: {
    session: "Sign-in and sign-out",
    user: "Users",
    password: "Passwords",
    token: "API tokens",
    recording: "Recordings listened to",
    voicemail: "Voicemail listened to",
  },
  outcome: { done: "Done", refused: "Refused", failed: "Failed" },
  columns: { action: "What", who: "Who", at: "When", source: "From", outcome: "Outcome", changes: "Changes" },
};
