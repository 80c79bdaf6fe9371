/** From an encoded snapshot to the frames that carry it on one connection (spec §3). */
import { planSegments, segmentAt } from "../../core/mod.ts";
import type { Compressor } from "../../ports/compressor.ts";
import { encodeFrame, encodeSegmentHeader } from "./encode.ts";
import { SnapshotError } from "./errors.ts";
import type { Envelope, Version } from "./messages.ts";
import type { Outbound } from "./outbound.ts";
import {
  ENVELOPE_FIXED_BYTES,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  FRAME_HEADER_BYTES,
  MAX_AGENT_ID_BYTES,
  MAX_FRAME_BYTES,
  MAX_PARTS,
  SEGMENT_HEADER_BYTES,
} from "./wire.ts";

/** What HandshakeAck settled about the frames of a connection. */
export interface FrameRules {
  readonly version: Version;
  /** With one, payloads are compressed. */
  readonly compressor: Compressor | undefined;
  readonly targetSnapshotBytes: number;
  readonly maxFrameBytes: number;
}

/** A frame and the id that its acknowledgement will name. */
export interface SnapshotFrame {
  readonly messageId: Uint8Array;
  readonly bytes: Uint8Array;
}

/** What stands around a slice at most: header, envelope with the longest agent id and its two length bytes, segment. */
const MAX_OVERHEAD_BYTES: number =
  FRAME_HEADER_BYTES + ENVELOPE_FIXED_BYTES + 2 + MAX_AGENT_ID_BYTES + SEGMENT_HEADER_BYTES;
/** Below this a zstd frame is hardly ever smaller than what it holds. */
const MIN_COMPRESSED_BYTES = 256;

/** True when two connections ask for the same frames, so that those of the first can be sent again on the second. */
export function sameRules(a: FrameRules, b: FrameRules): boolean {
  return (
    a.version.major === b.version.major &&
    a.version.minor === b.version.minor &&
    a.compressor === b.compressor &&
    a.targetSnapshotBytes === b.targetSnapshotBytes &&
    a.maxFrameBytes === b.maxFrameBytes
  );
}

/** The most that one frame carries of an encoded snapshot; below 1 where the peer's limits leave no room. */
export function partBytesOf({
  targetSnapshotBytes,
  maxFrameBytes,
}: Pick<FrameRules, "targetSnapshotBytes" | "maxFrameBytes">): number {
  return Math.min(targetSnapshotBytes, Math.min(maxFrameBytes, MAX_FRAME_BYTES) - MAX_OVERHEAD_BYTES);
}

/**
 * Frames for one encoded snapshot: one, or one a part.
 *
 * @param timestampUtcMs when the snapshot was sent first; a retry keeps it (spec §2)
 * @throws SnapshotError (local) PAYLOAD_TOO_LARGE when the peer's limits leave no room or it takes over 65,535 parts
 */
export function snapshotFrames(
  payload: Uint8Array,
  snapshotId: Uint8Array,
  rules: FrameRules,
  outbound: Outbound,
  timestampUtcMs: number,
): SnapshotFrame[] {
  const packed = pack(payload, rules.compressor);
  const compressedFlag = packed === payload ? 0 : FLAG_COMPRESSED;
  const partBytes = partBytesOf(rules);
  // spec §3: over targetSnapshotBytes a sender must segment; parts are then filled up to that size
  if (packed.length <= partBytes) return [frame(outbound.envelope("snapshot", compressedFlag, timestampUtcMs), packed)];
  if (partBytes < 1 || Math.ceil(packed.length / partBytes) > MAX_PARTS) {
    const expected = `at most ${MAX_PARTS} parts of ${partBytes}`;
    throw new SnapshotError("PAYLOAD_TOO_LARGE", `${packed.length} bytes`, expected, { side: "local" });
  }
  const plan = planSegments(packed.length, partBytes);
  const frames: SnapshotFrame[] = [];
  for (let partIndex = 0; partIndex < plan.partCount; partIndex++) {
    const { offset, bytes } = segmentAt(plan, partIndex);
    const { partCount, totalBytes } = plan;
    const header = encodeSegmentHeader({ snapshotId, partIndex, partCount, totalBytes, offset });
    const envelope = outbound.envelope("snapshot", compressedFlag | FLAG_SEGMENTED, timestampUtcMs);
    frames.push(frame(envelope, header, packed.subarray(offset, offset + bytes)));
  }
  return frames;
}

function frame(envelope: Envelope, ...payload: readonly Uint8Array[]): SnapshotFrame {
  return { messageId: envelope.messageId, bytes: encodeFrame(envelope, ...payload) };
}

/** Compressed where that is allowed and gains something; the payload itself where not. */
function pack(payload: Uint8Array, compressor: Compressor | undefined): Uint8Array {
  if (compressor === undefined || payload.length < MIN_COMPRESSED_BYTES) return payload;
  const packed = compressor.compress(payload);
  return packed.length < payload.length ? packed : payload;
}
