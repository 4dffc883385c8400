/** Show a number the way people in Vietnam read it: "+84912345678" as "0912 345 678"; others in groups. */
export function formatPhone(number: string): string {
  const national = number.startsWith("+84") ? `0${number.slice(3)}` : number;
  if (/^0\d{9}$/.test(national)) return `${national.slice(0, 4)} ${national.slice(4, 7)} ${national.slice(7)}`;
  if (/^0\d{10}$/.test(national)) return `${national.slice(0, 3)} ${national.slice(3, 7)} ${national.slice(7)}`;
  if (/^1[89]00\d{4,6}$/.test(national)) return `${national.slice(0, 4)} ${national.slice(4)}`;
  return national;
}
