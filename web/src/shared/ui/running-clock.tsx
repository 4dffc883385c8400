import { formatClock } from "@/shared/format/clock";
import { useNow } from "@/shared/format/use-now";

interface RunningClockProps {
  /** ISO 8601. */
  since: string;
  className?: string | undefined;
}

/** How long something has been going on, in digits that do not jump. */
export function RunningClock({ since, className }: RunningClockProps) {
  const now = useNow();
  return (
    <time className={className} style={{ fontVariantNumeric: "tabular-nums" }} aria-live="off">
      {formatClock((now - Date.parse(since)) / 1000)}
    </time>
  );
}
