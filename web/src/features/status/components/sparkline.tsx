import { linePoints, type Sample } from "../model/call-history";
import classes from "./sparkline.module.css";

const WIDTH = 120;
const HEIGHT = 40;

/** The course of the last minutes; an ornament to a figure that is also written. */
export function Sparkline({ history }: { history: readonly Sample[] }) {
  const points = linePoints(history, WIDTH, HEIGHT);
  const left = points.split(",")[0] ?? "";
  return (
    <svg
      className={classes.line}
      viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <polygon className={classes.area} points={`${left},${HEIGHT + 2} ${points} ${WIDTH},${HEIGHT + 2}`} />
      <polyline className={classes.stroke} points={points} />
    </svg>
  );
}
