import type { Json } from "./document";

export interface Shift {
  start: string;
  end: string;
  [key: string]: Json;
}

const SHIFT = /^(\d{1,2}):?(\d{2})?\s*[-–]\s*(\d{1,2}):?(\d{2})?$/;

/** Write shifts as people do: "08:00-12:00, 13:30-17:30". */
export function writeShifts(shifts: readonly Shift[]): string {
  return shifts.map(({ start, end }) => `${start}-${end}`).join(", ");
}

/** Read shifts; "8-12" will do. null when it cannot be understood. */
export function readShifts(text: string): Shift[] | null {
  const parts = text.split(/[,;]/).map((part) => part.trim());
  if (parts.every((part) => part === "")) return [];
  const shifts = parts.map(readShift);
  return shifts.every((shift) => shift !== null) ? shifts : null;
}

function readShift(text: string): Shift | null {
  const [, fromHour = "", fromMinute = "00", toHour = "", toMinute = "00"] = SHIFT.exec(text) ?? [];
  const start = clock(fromHour, fromMinute);
  const end = clock(toHour, toMinute);
  return start === null || end === null || start === "24:00" ? null : { start, end };
}

function clock(hour: string, minute: string): string | null {
  const [hours, minutes] = [Number(hour), Number(minute)];
  if (hour === "" || minutes > 59 || hours > 24 || (hours === 24 && minutes > 0)) return null;
  return `${hour.padStart(2, "0")}:${minute}`;
}
