/** Numbers, sizes and times as people read them. */

const SIZE_UNITS: readonly string[] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
/** What a Date can hold (ECMA-262 §21.4.1.1). */
const MAX_DATE_MS = 8_640_000_000_000_000;

/** `812 B`, `6.0 KiB`, `1.2 GiB` */
export function size(bytes: number | bigint): string {
  let amount = Number(bytes);
  let unit = 0;
  // What would be rounded to 1024 is one of the next unit.
  while (amount >= (unit === 0 ? 1_024 : 1_023.95) && unit < SIZE_UNITS.length - 1) {
    amount /= 1_024;
    unit++;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${SIZE_UNITS[unit]}`;
}

/** `1,234,567` */
export function grouped(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 frame`, `2,000 frames` */
export function counted(count: number | bigint, one: string, many: string = `${one}s`): string {
  return `${grouped(count)} ${Number(count) === 1 ? one : many}`;
}

/** `2026-01-01` and `00:00:11.000`, UTC; a time that no calendar has as it is. */
export function dateAndTime(utcMs: number | bigint): { readonly date: string; readonly time: string } {
  const ms = Number(utcMs);
  if (!(Math.abs(ms) <= MAX_DATE_MS)) return { date: "no date", time: `${utcMs} ms` };
  const [date, time] = new Date(ms).toISOString().split("T");
  return { date: date!, time: time!.slice(0, -1) };
}

/** `2026-01-01 00:00:11.000` */
export function timestamp(utcMs: number | bigint): string {
  const { date, time } = dateAndTime(utcMs);
  return `${date} ${time}`;
}

const SPAN_UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

/** `10 s`, `2.5 s`, `3 h 20 min`: the two largest units. */
export function span(ms: number | bigint): string {
  const total = Number(ms);
  if (total < 1_000) return `${total} ms`;
  if (total < 60_000) return `${Number((total / 1_000).toFixed(1))} s`;
  const first = SPAN_UNITS.findIndex(([, unitMs]) => total >= unitMs);
  const [unit, unitMs] = SPAN_UNITS[first]!;
  const [smaller, smallerMs] = SPAN_UNITS[first + 1]!;
  const rest = Math.floor((total % unitMs) / smallerMs);
  return `${grouped(Math.floor(total / unitMs))} ${unit}${rest === 0 ? "" : ` ${rest} ${smaller}`}`;
}
