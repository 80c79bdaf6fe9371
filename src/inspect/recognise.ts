/** What a capture is, by trying. */
import { ProtocolError } from "../core/mod.ts";
import { CATALOGUE } from "../protocols/catalogue.ts";
import type { ProtocolDefinition } from "../protocols/definition.ts";
import type { CaptureFormat, FormatCandidate, Recognition } from "./capture_format.ts";
import { type DigitKind, decodeDigits } from "./digits.ts";
import { pcapKind } from "./packets/pcap_reader.ts";
import { SECTION_HEADER } from "./packets/pcapng_reader.ts";
import { matchProtocols } from "./packets/stream_protocol.ts";
import { counted } from "./quantities.ts";

/** So much of a file's start is worth reading for `recognise`: two frames of the largest size. */
export const RECOGNISED_BYTES = 524_288;
/** Fewer digits than stand for this many bytes may be anything. */
const MIN_DIGIT_BYTES = 8;
/** Digits that stand for nothing that is known. */
const BARE_DIGITS_CONFIDENCE = 0.4;

/**
 * Tells what a capture is from its first bytes, and why.
 *
 * @param head the first {@linkcode RECOGNISED_BYTES} of it, or all if it is shorter
 * @param bytes how large it is
 *
 * @example
 * ```ts
 * const { chosen } = recognise(Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1), 4);
 * chosen.format; // { container: "pcap", protocol: undefined }
 * chosen.reason; // "begins with the magic number of pcap (times in microseconds, little-endian)"
 * ```
 */
export function recognise(
  head: Uint8Array,
  bytes: number,
  catalogue: readonly ProtocolDefinition[] = CATALOGUE,
): Recognition {
  const isAll = head.length >= bytes;
  const candidates = [
    ...packetCandidates(head),
    ...streamCandidates(head, isAll, catalogue),
    ...digitCandidates(head, isAll, "hex", catalogue),
    ...digitCandidates(head, isAll, "base64", catalogue),
  ].sort((a, b) => b.confidence - a.confidence);
  const [best] = candidates;
  if (best === undefined) throw new RangeError("a catalogue without protocols");
  return { chosen: best, candidates };
}

function packetCandidates(head: Uint8Array): FormatCandidate[] {
  const candidate = (container: "pcap" | "pcapng", reason: string): FormatCandidate[] => [
    { format: { container, protocol: undefined }, reason, confidence: 1 },
  ];
  const kind = pcapKind(head);
  if (kind !== undefined) {
    const unit = kind.unitsPerMs === 1_000 ? "microseconds" : "nanoseconds";
    const order = kind.littleEndian ? "little-endian" : "big-endian";
    return candidate("pcap", `begins with the magic number of pcap (times in ${unit}, ${order})`);
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 12 || view.getUint32(0) !== SECTION_HEADER) return [];
  return candidate("pcapng", "begins with a section header of pcapng");
}

function streamCandidates(
  head: Uint8Array,
  isAll: boolean,
  catalogue: readonly ProtocolDefinition[],
): FormatCandidate[] {
  return matchProtocols(catalogue, head, isAll).map(({ definition, reason, confidence }) => ({
    format: { container: "stream", protocol: definition.name },
    reason,
    confidence,
  }));
}

function digitCandidates(
  head: Uint8Array,
  isAll: boolean,
  kind: DigitKind,
  catalogue: readonly ProtocolDefinition[],
): FormatCandidate[] {
  const decoded = digitsOf(head, isAll, kind);
  if (decoded === undefined) return [];
  const candidate = (format: CaptureFormat, confidence: number, reason: string): FormatCandidate[] => [
    { format, confidence, reason: `is ${kind} text; what it stands for ${reason}` },
  ];
  const inner = [...packetCandidates(decoded), ...streamCandidates(decoded, isAll, catalogue)][0];
  if (inner === undefined || inner.confidence < BARE_DIGITS_CONFIDENCE) {
    const reason = `is ${counted(decoded.length, "byte")} that no protocol begins with`;
    return candidate({ container: kind, protocol: undefined }, BARE_DIGITS_CONFIDENCE, reason);
  }
  // A little less than the same without the digits, so that what is binary is never taken for text.
  return candidate({ container: kind, protocol: inner.format.protocol }, inner.confidence * 0.98, inner.reason);
}

/** A group of four digits of base64 that the head cuts, or two of hex, is not there whole. */
const MAX_CUT_DIGITS = 3;

/** The bytes behind the head's digits; nothing if it is no such text. */
function digitsOf(head: Uint8Array, isAll: boolean, kind: DigitKind): Uint8Array | undefined {
  for (let cut = 0; cut <= (isAll ? 0 : MAX_CUT_DIGITS); cut++) {
    try {
      const decoded = decodeDigits(head.subarray(0, head.length - cut), kind);
      return decoded.length < MIN_DIGIT_BYTES ? undefined : decoded;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if ((error.offset ?? 0) < head.length - cut) return undefined;
    }
  }
  return undefined;
}
