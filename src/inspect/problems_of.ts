/** From faults and odd things to problems that say what is wrong, what a receiver does, and where the rule stands. */
import { declaredFrameBytes, headBytes } from "../core/framing.ts";
import type { Framing } from "../core/mod.ts";
import type { ProtocolDefinition, Reencoding } from "../protocols/definition.ts";
import type { ByteRange, Explanation, Oddity } from "../protocols/inspection.ts";
import { type ByteDifference, type CanonicalView, canonicalView } from "./canonical_view.ts";
import { MISSING_BYTES } from "./capture_indexer.ts";
import type { CaptureFault } from "./capture_reader.ts";
import { frameRanges } from "./frame_ranges.ts";
import { printable } from "./printable.ts";
import type { Problem } from "./problem.ts";
import { counted } from "./quantities.ts";

/**
 * The problems of something that could not be decoded: what is wrong with it first, then what was skipped because of it.
 *
 * @param bytes of the capture from the fault's offset on, as far as a frame can reach
 *
 * @example
 * ```ts
 * const [problem] = problemsOfFault(SNAPSHOT_PROTOCOL, fault, bytes);
 * problem.title; // "The CRC does not hold"
 * problem.range; // { start: 8, end: 6194 }
 * ```
 */
export function problemsOfFault(
  definition: ProtocolDefinition,
  fault: Pick<CaptureFault, "errorName" | "error" | "offset" | "endOffset" | "resumedBy">,
  bytes: Uint8Array,
): readonly Problem[] {
  const { error, errorName, offset, endOffset, resumedBy } = fault;
  const { layout, inspection } = definition;
  const skippedBytes = endOffset - offset;
  const isDecoded = resumedBy === "frame";
  if (errorName === MISSING_BYTES) return [explained(definition, errorName, error.found, error.expected)];
  const range = isDecoded
    ? inspection?.rangeOf?.(bytes.subarray(0, skippedBytes), error)
    : layout.type === "framed"
      ? rangeOfScan(layout.framing, bytes, error.code === definition.errorOfEnd(offset, 0).code)
      : undefined;
  const problem = explained(definition, errorName, error.found, error.expected, range);
  if (resumedBy === "frame" || resumedBy === "hole" || skippedBytes === 0) return [problem];
  const where = { length: "where its length says that it ends", search: "at the next good frame", nothing: "nowhere" };
  const found = `${counted(skippedBytes, "byte")}, ${offset} to ${endOffset}; picked up ${where[resumedBy]}`;
  return [problem, explained(definition, "SKIPPED_BYTES", found, "frames without a gap")];
}

/**
 * The problems of a frame that could be decoded.
 *
 * @param oddities what the protocol's watch said of it
 * @param reencodings what the protocol's re-encoder said of it, where that was asked
 *
 * @example
 * ```ts
 * const oddity = { code: "IGNORABLE_FLAG", found: "flags 0x10", expected: "bits 4 to 7 clear" };
 * problemsOfFrame(SNAPSHOT_PROTOCOL, [oddity])[0].severity; // "note"
 * ```
 */
export function problemsOfFrame(
  definition: ProtocolDefinition,
  oddities: readonly Oddity[],
  reencodings: readonly Reencoding[] = [],
): readonly Problem[] {
  const problems = oddities.map(({ code, found, expected, range }) =>
    explained(definition, code, found, expected, range),
  );
  for (const reencoding of reencodings) {
    const view = canonicalView(reencoding);
    const first = firstTelling(definition, view, reencoding.found.length);
    if (first === undefined) continue;
    const found = `${counted(view.differences.length, "difference")}, the first at byte ${first.found.start} of the ${view.of}`;
    // Ranges are of the frame: those of a content that was decompressed or put together are not.
    const range = view.of === "frame" ? first.found : undefined;
    problems.push(explained(definition, "NOT_CANONICAL", found, "the bytes that this code writes", range));
  }
  return problems;
}

/** Length and CRC follow from the rest: where something else differs too, that is what there is to see. */
function firstTelling(
  { layout }: ProtocolDefinition,
  { of, differences }: CanonicalView,
  foundBytes: number,
): ByteDifference | undefined {
  if (of === "content" || layout.type !== "framed") return differences[0];
  const { length, crc } = frameRanges(layout.framing, foundBytes);
  const follows = ({ found }: ByteDifference): boolean =>
    [length, crc].some((range) => range !== undefined && found.start >= range.start && found.end <= range.end);
  return differences.find((difference) => !follows(difference)) ?? differences[0];
}

/**
 * A problem by its code. A code that the protocol doesn't explain is an error, or a warning where it is one of all captures.
 *
 * @example
 * ```ts
 * explained(SNAPSHOT_PROTOCOL, "TRUNCATED", "3 bytes", "the rest").spec; // { section: "§8", anchor: "8-capture-files" }
 * ```
 */
export function explained(
  definition: ProtocolDefinition | undefined,
  code: string,
  found: string,
  expected: string,
  range?: ByteRange,
): Problem {
  const { severity, title, receiver, spec } = explanationOf(definition, code);
  const texts = { found: printable(found), expected: printable(expected) };
  const problem = { severity, code, title, ...texts, receiver, spec };
  return range === undefined ? problem : { ...problem, range };
}

function explanationOf(definition: ProtocolDefinition | undefined, code: string): Explanation {
  const known = definition?.inspection?.explanations.find((explanation) => explanation.code === code);
  if (known !== undefined) return known;
  return {
    code,
    severity: OF_ALL_CAPTURES[code] === undefined ? "error" : "warning",
    title: OF_ALL_CAPTURES[code] ?? code,
    receiver: definition === undefined ? "" : `What a receiver does is not written down for ${definition.title}.`,
    spec: { section: "", anchor: "" },
  };
}

const OF_ALL_CAPTURES: Readonly<Record<string, string>> = {
  [MISSING_BYTES]: "Bytes of a connection that the capture lacks",
  SKIPPED_BYTES: "Bytes that were skipped",
  NOT_CANONICAL: "Written differently than this code writes",
};

/** What the scan looked at when it refused a frame; clipped to what there is of it. */
function rangeOfScan(framing: Framing, bytes: Uint8Array, isTruncated: boolean): ByteRange {
  if (isTruncated || bytes.length < headBytes(framing)) return { start: 0, end: bytes.length };
  const declaredBytes = declaredFrameBytes(framing, bytes, 0);
  const isPossible = declaredBytes >= framing.minFrameBytes && declaredBytes <= framing.maxFrameBytes;
  const { length, covered } = frameRanges(framing, isPossible ? declaredBytes : framing.minFrameBytes);
  if (!isPossible || covered === undefined) return length;
  return { start: covered.start, end: Math.min(covered.end, bytes.length) };
}
