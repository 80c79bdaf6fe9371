/** What a list of frames shows of each, at a fraction of what decoding it costs. */
import type { FrameOutline, FrameOutliner, FramePart, ReaderOptions } from "../definition.ts";
import { AgentAssemblies } from "./agent_assemblies.ts";
import { checkEnvelope, type DecodedEnvelope, decodeEnvelope, decodeSegment } from "./decode.ts";
import { decodeControl } from "./decode_control.ts";
import { idHex } from "./ids.ts";
import { openSnapshot } from "./snapshot_content.ts";
import { checkSnapshotId } from "./snapshot_receiver.ts";
import {
  ENVELOPE_FIXED_BYTES,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  FLAGS_CRITICAL,
  FRAME_HEADER_BYTES,
  MAX_AGENT_ID_BYTES,
  MAX_SNAPSHOT_BYTES,
  MESSAGE_TYPES,
} from "./wire.ts";

const AGENT_ID_AT: number = FRAME_HEADER_BYTES + ENVELOPE_FIXED_BYTES;
const TYPE_CODES: readonly number[] = Object.values(MESSAGE_TYPES);
const HANDSHAKE = MESSAGE_TYPES.handshake;
const ERROR = MESSAGE_TYPES.error;
const SNAPSHOT = MESSAGE_TYPES.snapshot;

/**
 * Outlines frames. An envelope of the plain kind is read where it stands; every other goes through the decoder, which knows
 * what is wrong with it.
 */
export class SnapshotFrameOutliner implements FrameOutliner {
  readonly #contents: ReaderOptions | undefined;
  readonly #assemblies: AgentAssemblies = new AgentAssemblies();

  /** @param contents decodes payloads too */
  constructor(contents: ReaderOptions | undefined) {
    this.#contents = contents;
  }

  outline(bytes: Uint8Array, at: number, end: number, into: FrameOutline): void {
    into.part = undefined;
    into.timeMs = i64At(bytes, at + 32);
    into.senderAt = at + AGENT_ID_AT + 1;
    into.senderBytes = bytes[at + AGENT_ID_AT]!;
    into.typeIndex = bytes[at + 10]! - 1;
    const isPlain = isPlainEnvelope(bytes, at, end);
    if (isPlain && this.#contents === undefined) return;
    const frame = bytes.subarray(at, end);
    const decoded = decodeEnvelope(frame);
    checkEnvelope(decoded);
    // An agent id of 128 bytes has a length of two bytes.
    if (into.senderBytes > 127) {
      into.senderAt++;
      into.senderBytes = MAX_AGENT_ID_BYTES;
    }
    into.typeIndex = TYPE_CODES.indexOf(decoded.typeCode);
    const { flags, type } = decoded.envelope;
    if ((flags & FLAG_SEGMENTED) !== 0) into.part = this.#takePart(frame, decoded);
    else if (this.#contents !== undefined) {
      if (type === "snapshot") this.#checkContent(frame.subarray(decoded.payloadAt), flags);
      else decodeControl(frame, decoded);
    }
  }

  fork(): FrameOutliner {
    const fork = new SnapshotFrameOutliner(this.#contents);
    for (const frame of this.#assemblies.frames()) fork.#takePart(frame, decodeEnvelope(frame));
    return fork;
  }

  #takePart(frame: Uint8Array, { envelope, payloadAt }: DecodedEnvelope): FramePart {
    const segment = decodeSegment(frame, payloadAt);
    const { snapshotId, partIndex, partCount } = segment;
    const assembly = this.#assemblies.of(envelope.agentId);
    const begins = !assembly.has(snapshotId);
    const outcome = assembly.take(segment, envelope.flags, envelope.messageId, frame, []);
    const completes = outcome.type === "whole";
    if (completes) this.#checkContent(outcome.whole.content, envelope.flags, snapshotId);
    return { wholeId: idHex(snapshotId), partIndex, partCount, begins, completes };
  }

  #checkContent(content: Uint8Array, flags: number, snapshotId?: Uint8Array): void {
    if (this.#contents === undefined) return;
    const columns = openSnapshot(content, {
      compressed: (flags & FLAG_COMPRESSED) !== 0,
      compressor: this.#contents.compressor,
      maxSnapshotBytes: MAX_SNAPSHOT_BYTES,
    });
    if (snapshotId !== undefined) checkSnapshotId(columns.snapshotId, snapshotId);
  }
}

/** True for an envelope with nothing about it that has to be looked at: known type and version, ASCII id, no extensions. */
function isPlainEnvelope(bytes: Uint8Array, at: number, end: number): boolean {
  const type = bytes[at + 10]!;
  const flags = bytes[at + 11]!;
  const agentIdBytes = bytes[at + AGENT_ID_AT]!;
  if (bytes[at + 8] !== 1 || type < HANDSHAKE || type > ERROR || (flags & FLAGS_CRITICAL) !== 0) return false;
  if ((flags & FLAG_SEGMENTED) !== 0 || ((flags & FLAG_COMPRESSED) !== 0 && type !== SNAPSHOT)) return false;
  if (agentIdBytes === 0 || agentIdBytes > 127) return false;
  const envelopeBytes = bytes[at + 14]! | (bytes[at + 15]! << 8);
  if (envelopeBytes !== ENVELOPE_FIXED_BYTES + 1 + agentIdBytes || at + FRAME_HEADER_BYTES + envelopeBytes > end) {
    return false;
  }
  const agentIdAt = at + AGENT_ID_AT + 1;
  for (let i = agentIdAt; i < agentIdAt + agentIdBytes; i++) if (bytes[i]! > 127) return false;
  return true;
}

function i64At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  const high = bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
  return high * 0x1_0000_0000 + low;
}
