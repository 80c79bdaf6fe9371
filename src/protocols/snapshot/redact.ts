/** Frames as people may see them who are not to see command lines: those can hold passwords (spec §4). */
import { planSegments, segmentAt } from "../../core/mod.ts";
import type { Compressor } from "../../ports/compressor.ts";
import { checkEnvelope, type DecodedEnvelope, decodeEnvelope, decodeSegment } from "./decode.ts";
import { encodeFrame, encodeSegmentHeader } from "./encode.ts";
import { encodeSnapshot } from "./encode_snapshot.ts";
import type { Envelope } from "./messages.ts";
import { SnapshotAssembly, type WholeSnapshot } from "./snapshot_assembly.ts";
import { openSnapshot } from "./snapshot_content.ts";
import { snapshotPayload } from "./snapshot_rows.ts";
import { FLAG_COMPRESSED, FLAG_SEGMENTED, MAX_SNAPSHOT_BYTES } from "./wire.ts";

/**
 * Takes the command lines out of the snapshots of one connection. Everything else of a frame stays: ids, times, flags and
 * the other fields; length, CRC and compression are made anew. Parts wait until their snapshot is whole.
 *
 * @example
 * ```ts
 * import { encodeControl, encodeFrame, CommandLineRedactor } from "tidewire/snapshot";
 * const frame = encodeFrame(
 *   { version: { major: 1, minor: 0 }, type: "heartbeat", flags: 0, platform: 2, messageId: new Uint8Array(16),
 *     timestampUtcMs: 0, agentId: "db-1", extensions: [] },
 *   encodeControl({ type: "heartbeat", payload: { queuedSnapshots: 3, droppedSnapshots: 0, extensions: [] } }),
 * );
 * new CommandLineRedactor(undefined).take(frame).length; // 1: there is nothing to hide in it
 * ```
 */
export class CommandLineRedactor {
  readonly #compressor: Compressor | undefined;
  readonly #assembly = new SnapshotAssembly(MAX_SNAPSHOT_BYTES);

  /** @param compressor for content that comes compressed; without one such snapshots can't be read */
  constructor(compressor: Compressor | undefined) {
    this.#compressor = compressor;
  }

  /** Memory that parts of unfinished snapshots take, at most 16 MiB and what stands around them (spec §6.7). */
  get heldBytes(): number {
    return this.#assembly.heldBytes;
  }

  /** Lets go of unfinished snapshots. */
  clear(): void {
    this.#assembly.clear();
  }

  /**
   * The frames to show for a whole frame whose CRC holds: itself where nothing is to be hidden, none while the snapshot that
   * it is a part of is not whole.
   *
   * @throws SnapshotError when the frame or the snapshot that it completes can't be decoded
   */
  take(frame: Uint8Array): readonly Uint8Array[] {
    const decoded = decodeEnvelope(frame);
    checkEnvelope(decoded);
    const { envelope, payloadAt } = decoded;
    if (envelope.type !== "snapshot") return [frame];
    if ((envelope.flags & FLAG_SEGMENTED) !== 0) return this.#takePart(frame, decoded);
    const redacted = this.#redact(frame.subarray(payloadAt), envelope.flags);
    return redacted === undefined ? [frame] : [encodeFrame(envelope, redacted)];
  }

  #takePart(frame: Uint8Array, { envelope, payloadAt }: DecodedEnvelope): readonly Uint8Array[] {
    const { flags, messageId } = envelope;
    const outcome = this.#assembly.take(decodeSegment(frame, payloadAt), flags, messageId, frame, []);
    if (outcome.type !== "whole") return [];
    const { whole } = outcome;
    const redacted = this.#redact(whole.content, flags);
    return redacted === undefined ? whole.frames : cutAnew(redacted, whole);
  }

  /** The content without command lines, packed as it was; nothing when it has none. */
  #redact(content: Uint8Array, flags: number): Uint8Array | undefined {
    const compressor = this.#compressor;
    const compressed = (flags & FLAG_COMPRESSED) !== 0;
    const columns = openSnapshot(content, { compressed, compressor, maxSnapshotBytes: MAX_SNAPSHOT_BYTES });
    if (!columns.hasCmdline.includes(1)) return undefined;
    const snapshot = snapshotPayload(columns);
    const processes = snapshot.processes.map((process) => ({ ...process, cmdline: null }));
    const bytes = encodeSnapshot({ ...snapshot, processes });
    // What was compressed could be read, so there is a compressor.
    return compressed ? compressor!.compress(bytes) : bytes;
  }
}

/** The parts of a snapshot that became smaller: no more than before, so that each keeps the envelope of an old one. */
function cutAnew(content: Uint8Array, whole: WholeSnapshot): Uint8Array[] {
  const plan = planSegments(content.length, Math.ceil(content.length / whole.frames.length));
  const { snapshotId } = whole;
  const { partCount, totalBytes } = plan;
  return whole.frames.slice(0, partCount).map((frame, partIndex) => {
    const envelope: Envelope = decodeEnvelope(frame).envelope;
    const { offset, bytes } = segmentAt(plan, partIndex);
    const header = encodeSegmentHeader({ snapshotId, partIndex, partCount, totalBytes, offset });
    return encodeFrame(envelope, header, content.subarray(offset, offset + bytes));
  });
}
