interface CallEnds {
  direction: string;
  from_number: string | null;
  to_number: string | null;
}

/** Return the number of the person outside: who called us, or whom we called. */
export function otherNumber({ direction, from_number, to_number }: CallEnds): string | null {
  return direction === "outbound" ? to_number : from_number;
}
