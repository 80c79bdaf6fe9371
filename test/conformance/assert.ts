/** The few checks that the suite needs; it runs where no test library does. */

/** Fails unless both are the same value all the way down. */
export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  const path = firstDifference(actual, expected, "");
  if (path === undefined) return;
  const found = describe(at(actual, path));
  throw new Error(`${what}: at ${path === "" ? "the top" : path}: ${found}, expected ${describe(at(expected, path))}`);
}

/** Fails unless both hold the same bytes. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} bytes, expected ${expected.length}`);
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  if (at >= 0) throw new Error(`${what}: byte ${at} is ${actual[at]}, expected ${expected[at]}`);
}

export function assert(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** Where two values differ first, as `/key/0/key`, or nothing. */
function firstDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (Object.is(a, b) || a === b) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return path;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = firstDifference(left[key], right[key], `${path}/${key}`);
    if (found !== undefined) return found;
  }
  return Array.isArray(a) === Array.isArray(b) ? undefined : path;
}

function at(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path.split("/").slice(1)) found = (found as Record<string, unknown> | undefined)?.[key];
  return found;
}

function describe(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 200);
}
