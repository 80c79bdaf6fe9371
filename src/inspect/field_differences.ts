import type { FrameRow, RowValue } from "../protocols/definition.ts";

/** Differences that are told of one pair; `isCut` says when there are more. */
const MAX_DIFFERENCES = 1_000;

/** A field that has another value, or stands on one side only (`undefined` on the other). */
export interface FieldDifference {
  /** `payload.cpuTotalPct`, `payload.processes[pid=12].cpuPct`, `payload.extensions[0].bytes`. */
  readonly path: string;
  readonly left: RowValue | undefined;
  readonly right: RowValue | undefined;
}

/** What differs between two rows. */
export interface FieldDifferences {
  readonly differences: readonly FieldDifference[];
  readonly isCut: boolean;
}

type Pair = readonly [path: string, left: RowValue | undefined, right: RowValue | undefined];
type Fields = { readonly [name: string]: RowValue };

/**
 * The fields in which two rows differ, in the order of the rows. Where they stand in their captures (`offset`, `stream`) is no difference. Items
 * of a list are matched by their first field (`pid`, `tag`) where that names each of them, else by their place.
 *
 * @example
 * ```ts
 * fieldDifferences({ type: "heartbeat", payload: { queued: 1 } }, { type: "heartbeat", payload: { queued: 2 } });
 * // { differences: [{ path: "payload.queued", left: 1, right: 2 }], isCut: false }
 * ```
 */
export function fieldDifferences(left: FrameRow, right: FrameRow): FieldDifferences {
  const differences: FieldDifference[] = [];
  // A list in place of recursion: what rows hold comes from captures.
  const open: Pair[] = pairsOfFields("", left, right)
    .filter(([path]) => path !== "offset" && path !== "stream")
    .reverse();
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [path, a, b] = pair;
    if (isList(a) && isList(b)) open.push(...pairsOfItems(path, a, b).reverse());
    else if (isFields(a) && isFields(b)) open.push(...pairsOfFields(path, a, b).reverse());
    else if (!isSame(a, b)) {
      if (differences.length === MAX_DIFFERENCES) return { differences, isCut: true };
      differences.push({ path, left: a, right: b });
    }
  }
  return { differences, isCut: false };
}

function pairsOfFields(path: string, left: Fields, right: Fields): Pair[] {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].map((name) => [path === "" ? name : `${path}.${name}`, own(left, name), own(right, name)]);
}

function own(fields: Fields, name: string): RowValue | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function pairsOfItems(path: string, left: readonly RowValue[], right: readonly RowValue[]): Pair[] {
  const key = nameOfItems([...left, ...right]);
  const [lefts, rights] = key === undefined ? [undefined, undefined] : [byKey(left, key), byKey(right, key)];
  if (lefts === undefined || rights === undefined) {
    const length = Math.max(left.length, right.length);
    return Array.from({ length }, (_, i) => [`${path}[${i}]`, left[i], right[i]]);
  }
  const values = new Set([...lefts.keys(), ...rights.keys()]);
  return [...values].map((value) => [`${path}[${key}=${value}]`, lefts.get(value), rights.get(value)]);
}

/** The first field of all items, if they have the same one and it can name them. */
function nameOfItems(items: readonly RowValue[]): string | undefined {
  const [first] = items;
  const name = first !== undefined && isFields(first) ? Object.keys(first)[0] : undefined;
  const isName = (value: RowValue | undefined): boolean => ["string", "number", "bigint"].includes(typeof value);
  return name !== undefined && items.every((item) => isFields(item) && isName(own(item, name))) ? name : undefined;
}

/** Items by what their first field says; nothing if two say the same. */
function byKey(items: readonly RowValue[], name: string): Map<string, RowValue> | undefined {
  const map = new Map(items.map((item) => [String((item as Fields)[name]), item]));
  return map.size === items.length ? map : undefined;
}

function isList(value: RowValue | undefined): value is readonly RowValue[] {
  return Array.isArray(value);
}

function isFields(value: RowValue | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Numbers as what they say: 5 and 5n are the same. Lists and groups only differ as wholes if the other is none. */
function isSame(a: RowValue | undefined, b: RowValue | undefined): boolean {
  if (typeof a === "bigint" || typeof b === "bigint")
    return typeof a !== "object" && typeof b !== "object" && String(a) === String(b);
  return Object.is(a, b);
}
