import { crcCovered, declaredFrameBytes, headBytes, storedCrc } from "../core/framing.ts";
import { crc32, type Framing } from "../core/mod.ts";

/** What stands at one place of a stream. */
export type FrameProbe =
  | {
      readonly status: "ok" | "crcMismatch";
      readonly declaredBytes: number;
      readonly storedCrc: number;
      readonly computedCrc: number;
    }
  | { readonly status: "tooLarge" | "tooSmall"; readonly declaredBytes: number }
  /** The length field or the frame isn't all there; with `wantedBytes` more can be said. */
  | { readonly status: "short"; readonly wantedBytes: number };

/** Looks at the frame that would start at `at`. */
export function probeFrame(framing: Framing, bytes: Uint8Array, at: number): FrameProbe {
  const head = headBytes(framing);
  if (bytes.length - at < head) return { status: "short", wantedBytes: head };
  const declaredBytes = declaredFrameBytes(framing, bytes, at);
  if (declaredBytes < framing.minFrameBytes) return { status: "tooSmall", declaredBytes };
  if (declaredBytes > framing.maxFrameBytes) return { status: "tooLarge", declaredBytes };
  if (bytes.length - at < declaredBytes) return { status: "short", wantedBytes: declaredBytes };
  const frame = bytes.subarray(at, at + declaredBytes);
  const hasCrc = framing.crcBytes !== 0;
  const stored = hasCrc ? storedCrc(framing, frame) : 0;
  const computed = hasCrc ? crc32(crcCovered(framing, frame)) : 0;
  const status = stored === computed ? "ok" : "crcMismatch";
  return { status, declaredBytes, storedCrc: stored, computedCrc: computed };
}

/** True for a length over the maximum that a receiver may still skip (`maxSkipBytes`). */
export function isSkippable(framing: Framing, declaredBytes: number): boolean {
  return declaredBytes - framing.lengthAdds <= framing.maxSkipBytes;
}
