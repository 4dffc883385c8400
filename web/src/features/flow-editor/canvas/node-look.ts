import {
  Clock,
  CircleArrowRight,
  CirclePlay,
  CornerUpLeft,
  Globe,
  Grid3x3,
  Hash,
  Languages,
  Megaphone,
  MessageCircle,
  Mic,
  PhoneForwarded,
  PhoneOff,
  PhoneOutgoing,
  Shapes,
  Split,
  StickyNote,
  Store,
  Tag,
  UserSearch,
  Users,
  Variable,
  Volume2,
  Workflow,
  type LucideIcon,
} from "lucide-react";

/** Pictures for the icon names that node types carry. */
const ICONS: Record<string, LucideIcon> = {
  "player-play": CirclePlay,
  note: StickyNote,
  volume: Volume2,
  speakerphone: Megaphone,
  dialpad: Grid3x3,
  numbers: Hash,
  language: Languages,
  "arrows-split": Split,
  clock: Clock,
  variable: Variable,
  "user-search": UserSearch,
  "building-store": Store,
  world: Globe,
  tag: Tag,
  "phone-outgoing": PhoneOutgoing,
  "users-group": Users,
  "phone-calling": PhoneForwarded,
  microphone: Mic,
  "arrow-right-circle": CircleArrowRight,
  subtask: Workflow,
  "arrow-back-up": CornerUpLeft,
  "phone-off": PhoneOff,
  message: MessageCircle,
};

export function iconOf(name: string | undefined): LucideIcon {
  return ICONS[name ?? ""] ?? Shapes;
}

export type CategoryTone = "info" | "aside" | "warning" | "quiet" | "good" | "flow" | "bad";

const TONES: Record<string, CategoryTone> = {
  talk: "info",
  ask: "aside",
  decide: "warning",
  data: "quiet",
  connect: "good",
  flow: "flow",
  end: "bad",
};

/** The colour of a group of the palette. */
export function toneOf(category: string | undefined): CategoryTone {
  return TONES[category ?? ""] ?? "quiet";
}
