import type { CaptureSource } from "../ports/capture_source.ts";
import type { Pattern } from "./needle.ts";

/** A reading step: long enough that asking for it costs nothing, short enough that a search can be ended at once. */
const STEP_BYTES = 1_048_576;

/** What a search finds as it goes. */
export type SearchStep =
  | { readonly type: "match"; readonly offset: number; readonly bytes: number; readonly title: string }
  /** Everything before `offset` has been looked at. */
  | { readonly type: "progress"; readonly offset: number };

/**
 * Searches a capture for bytes, from `fromOffset` to the end that it has when the search begins. Matches come in order of their
 * offsets and may overlap; where several patterns match at one place, the longest is told. Leave the loop to end it.
 *
 * @example
 * ```ts
 * import { parseNeedle, searchCapture } from "../../src/inspect/mod.ts";
 * const bytes = new TextEncoder().encode("a needle in hay");
 * const source = { name: "hay", bytes: bytes.length, read: (at: number, n: number) => Promise.resolve(bytes.slice(at, at + n)) };
 * for await (const step of searchCapture(source, parseNeedle({ kind: "text", text: "NEEDLE", ignoresCase: true }))) {
 *   if (step.type === "match") console.log(step.offset); // 2
 * }
 * ```
 */
export async function* searchCapture(
  source: CaptureSource,
  patterns: readonly Pattern[],
  fromOffset = 0,
): AsyncGenerator<SearchStep, void> {
  const endOffset = source.bytes;
  const anchored = patterns.map(withAnchor);
  // What reaches over the end of a step is found in the next one, which begins so much earlier.
  const longest = Math.max(...patterns.map(({ value }) => value.length));
  for (let at = fromOffset; at < endOffset; at += STEP_BYTES) {
    const bytes = await source.read(at, Math.min(STEP_BYTES + longest - 1, endOffset - at));
    yield* matchesIn(bytes, at, anchored);
    yield { type: "progress", offset: Math.min(at + STEP_BYTES, endOffset) };
    if (bytes.length < STEP_BYTES) return;
  }
}

/** A pattern, and the byte of it that is looked for first. */
interface Anchored extends Pattern {
  readonly anchorAt: number;
  /** Its values: one, or two where case does not matter. */
  readonly anchors: readonly number[];
}

function withAnchor(pattern: Pattern): Anchored {
  const { value, mask } = pattern;
  let anchorAt = 0;
  for (let i = 0; i < mask.length; i++) if (freedom(mask[i]!) < freedom(mask[anchorAt]!)) anchorAt = i;
  const anchors: number[] = [];
  for (let byte = 0; byte < 256; byte++) if ((byte & mask[anchorAt]!) === value[anchorAt]!) anchors.push(byte);
  return { ...pattern, anchorAt, anchors };
}

/** How many bytes fit a mask. */
function freedom(mask: number): number {
  let free = 1;
  for (let bit = 0; bit < 8; bit++) if (((mask >> bit) & 1) === 0) free *= 2;
  return free;
}

function* matchesIn(bytes: Uint8Array, offset: number, patterns: readonly Anchored[]): Generator<SearchStep, void> {
  const cursors = patterns.map((pattern) => ({ pattern, at: nextMatch(bytes, pattern, 0) }));
  for (;;) {
    let best: (typeof cursors)[number] | undefined;
    for (const cursor of cursors) {
      if (cursor.at < 0) continue;
      const isBetter =
        best === undefined ||
        cursor.at < best.at ||
        (cursor.at === best.at && cursor.pattern.value.length > best.pattern.value.length);
      if (isBetter) best = cursor;
    }
    // Matches that begin behind the step are the next one's.
    if (best === undefined || best.at >= STEP_BYTES) return;
    const { at } = best;
    yield { type: "match", offset: offset + at, bytes: best.pattern.value.length, title: best.pattern.title };
    for (const cursor of cursors) if (cursor.at === at) cursor.at = nextMatch(bytes, cursor.pattern, at + 1);
  }
}

/** Where the pattern matches first at or after `from`; -1 if nowhere. */
function nextMatch(bytes: Uint8Array, { value, mask, anchorAt, anchors }: Anchored, from: number): number {
  const last = bytes.length - value.length;
  const hits = anchors.map((byte) => bytes.indexOf(byte, from + anchorAt));
  for (;;) {
    let first = -1;
    for (let i = 0; i < hits.length; i++) if (hits[i]! >= 0 && (first < 0 || hits[i]! < hits[first]!)) first = i;
    if (first < 0) return -1;
    const start = hits[first]! - anchorAt;
    if (start > last) return -1;
    if (fits(bytes, start, value, mask)) return start;
    hits[first] = bytes.indexOf(anchors[first]!, hits[first]! + 1);
  }
}

function fits(bytes: Uint8Array, start: number, value: Uint8Array, mask: Uint8Array): boolean {
  for (let i = 0; i < value.length; i++) if ((bytes[start + i]! & mask[i]!) !== value[i]!) return false;
  return true;
}
