/** Numbers and times as the page writes them. */
import { grouped, size } from "../../src/inspect/quantities.ts";

export { grouped, size };

/** `0x0001a4` beside its decimal form is how people name places in bytes. */
export function hexOffset(offset: number, digits = 6): string {
  return offset.toString(16).padStart(digits, "0");
}

/** `14:03:21.250`, UTC. A list has no room for dates: its first row and every new day say them. */
export function clockTime(timeMs: number | undefined): string {
  if (timeMs === undefined || !(Math.abs(timeMs) <= 8_640_000_000_000_000)) return "";
  return new Date(timeMs).toISOString().slice(11, 23);
}

/** `2026-01-01 14:03:21.250`, UTC. */
export function fullTime(timeMs: number | undefined): string {
  if (timeMs === undefined || !(Math.abs(timeMs) <= 8_640_000_000_000_000)) return "no time";
  return new Date(timeMs).toISOString().slice(0, 23).replace("T", " ");
}

/** `1,204 frames` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
