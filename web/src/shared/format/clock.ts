/** Show a running time as digits: "0:07", "12:30", "1:05:09". */
export function formatClock(seconds: number): string {
  const rest = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(rest / 60) % 60;
  const hours = Math.floor(rest / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest % 60)}` : `${minutes}:${two(rest % 60)}`;
}
