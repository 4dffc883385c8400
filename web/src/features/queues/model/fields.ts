/**
 * The settings of a queue as the editor lays them out: in groups, each field with its kind and bounds. Words and help
 * are in the texts under the same names, with "_" for "." in nested ones.
 */

export type FieldKind =
  "seconds" | "count" | "switch" | "clock" | "key" | "text" | "skills" | "queues" | "relaxations" | "prompts" | "hours";

interface Bounds {
  min?: number;
  max?: number;
}

export type Field =
  ({ name: string; kind: FieldKind } & Bounds) | { name: string; kind: "choice"; choices: readonly string[] };

const seconds = <N extends string>(name: N, min = 0, max = 86_400) => ({ name, kind: "seconds", min, max }) as const;
const count = <N extends string>(name: N, min: number, max: number) => ({ name, kind: "count", min, max }) as const;
const field = <N extends string, K extends FieldKind>(name: N, kind: K) => ({ name, kind }) as const;
const choice = <N extends string>(name: N, choices: readonly string[]) => ({ name, kind: "choice", choices }) as const;

const STAFF = ["nobody", "logged_in", "on_queue", "available"] as const;

export const GROUPS = [
  {
    group: "distribution",
    fields: [
      choice("strategy", ["longest_idle", "round_robin", "fewest_calls", "ring_all", "random", "linear", "weighted"]),
      seconds("ring_s", 3, 180),
      seconds("retry_s", 0, 300),
      seconds("no_answer_delay_s", 0, 600),
      seconds("busy_delay_s", 0, 600),
      seconds("reject_delay_s", 0, 600),
      count("misses_allowed", 0, 20),
      seconds("preferred_only_s", 0, 600),
    ],
  },
  {
    group: "priority",
    fields: [
      count("priority", -100, 100),
      seconds("priority_point_s", 0, 3600),
      field("skills", "skills"),
      field("relaxations", "relaxations"),
    ],
  },
  {
    group: "waiting",
    fields: [
      count("max_length", 0, 10_000),
      seconds("max_wait_s"),
      choice("join_when", STAFF),
      choice("stay_when", STAFF),
      seconds("leave_after_s", 0, 3600),
      seconds("resume_within_s", 0, 3600),
      field("overflow", "queues"),
    ],
  },
  { group: "hours", fields: [field("hours", "hours")] },
  {
    group: "hearing",
    fields: [
      field("music", "text"),
      field("greeting", "prompts"),
      field("announcements.position", "switch"),
      field("announcements.estimated_wait", "switch"),
      seconds("announcements.first_after_s", 0, 600),
      seconds("announcements.min_gap_s", 5, 600),
      seconds("announcements.max_gap_s", 10, 3600),
      count("announcements.position_limit", 1, 100),
      field("announcements.only_when_better", "switch"),
      field("announcements.periodic", "prompts"),
      seconds("announcements.periodic_every_s", 10, 3600),
    ],
  },
  {
    group: "estimate",
    fields: [
      choice("estimate.method", ["average", "handling_time"]),
      count("estimate.min_samples", 1, 1000),
      seconds("estimate.sample_age_s", 60, 86_400),
      seconds("estimate.default_handling_s", 1, 3600),
      seconds("estimate.padding_s", 0, 600),
      seconds("estimate.round_to_s", 1, 300),
    ],
  },
  {
    group: "callback",
    fields: [
      field("callback.enabled", "switch"),
      seconds("callback.offer_after_s", 0, 3600),
      seconds("callback.offer_when_wait_over_s", 0, 3600),
      seconds("callback.again_every_s", 10, 3600),
      field("callback.key", "key"),
      choice("callback.mode", ["agent_first", "customer_first"]),
      count("callback.max_attempts", 1, 10),
      seconds("callback.retry_gap_s", 60, 86_400),
      seconds("callback.expire_s", 300, 2_592_000),
      field("callback.expire_at_close", "switch"),
      field("callback.quiet_from", "clock"),
      field("callback.quiet_until", "clock"),
      seconds("callback.ring_s", 5, 180),
      field("callback.caller_id", "text"),
    ],
  },
  {
    group: "wrapUp",
    fields: [
      choice("wrap_up.mode", ["off", "optional", "until_coded", "timed", "timed_fixed"]),
      seconds("wrap_up.seconds", 0, 3600),
      seconds("wrap_up.extend_s", 0, 600),
      field("wrap_up.require_disposition", "switch"),
      field("wrap_up.after_outbound", "switch"),
      field("wrap_up.timeout_code", "text"),
    ],
  },
  { group: "level", fields: [seconds("target_s", 1, 3600), seconds("short_abandon_s", 0, 120)] },
] as const;

type AnyField = (typeof GROUPS)[number]["fields"][number];

export type FieldName = AnyField["name"];

type Underscored<N extends string> = N extends `${infer Head}.${infer Tail}` ? `${Head}_${Tail}` : N;

/** The name of a field's texts. */
export function textName<N extends FieldName>(name: N): Underscored<N> {
  return name.replace(".", "_") as Underscored<N>;
}
