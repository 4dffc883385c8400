export const en = {
  title: "Desk",
  idle: {
    title: "Nothing is ringing",
    text: "The next call appears here with everything known about the caller, before you answer it.",
    tips: {
      state: "Choose your state in the softphone at the bottom right.",
      dial: "Press Alt + C to call somebody.",
      help: "Press ? for all keyboard shortcuts.",
    },
  },
  queues: {
    title: "My queues",
    none: "You are in no queue. Calls reach you through your extension only.",
    waiting_one: "{{count}} waiting",
    waiting_other: "{{count}} waiting",
    nobody: "Nobody waits",
    longest: "longest {{time}}",
    free_one: "{{count}} free",
    free_other: "{{count}} free",
  },
  calls: {
    title: "My last calls",
    none: "No calls yet.",
    all: "Show all",
    call: "Call {{number}}",
    answered: "Answered",
    missed: "Missed",
  },
  callbacks: {
    title: "Call-backs",
    none: "Nobody waits to be called back.",
    since: "asked {{ago}}",
    all: "Show all",
  },
};
