/** Frames decoded and written again: the same bytes mean that their sender wrote them as this code does. */
import type { ReaderOptions, Reencoder, Reencoding } from "../definition.ts";
import { checkEnvelope, type DecodedEnvelope, decodeEnvelope, decodeSegment } from "./decode.ts";
import { decodeControl } from "./decode_control.ts";
import { decodeSnapshotColumns } from "./decode_snapshot.ts";
import { encodeControl, encodeFrame, encodeSegmentHeader } from "./encode.ts";
import { encodeSnapshot } from "./encode_snapshot.ts";
import { SnapshotAssembly } from "./snapshot_assembly.ts";
import { decompressContent } from "./snapshot_content.ts";
import { snapshotPayload } from "./snapshot_rows.ts";
import { FLAG_COMPRESSED, FLAG_SEGMENTED, MAX_SNAPSHOT_BYTES } from "./wire.ts";

/** Re-encodes the frames of one agent and its server. */
export class SnapshotReencoder implements Reencoder {
  readonly #options: ReaderOptions;
  readonly #assembly = new SnapshotAssembly(MAX_SNAPSHOT_BYTES);

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  reencode(frame: Uint8Array): readonly Reencoding[] {
    const decoded = decodeEnvelope(frame);
    checkEnvelope(decoded);
    const { envelope, payloadAt } = decoded;
    if (envelope.type !== "snapshot") {
      const canonical = encodeFrame(envelope, encodeControl(decodeControl(frame, decoded)));
      return [{ of: "frame", found: frame, canonical }];
    }
    if ((envelope.flags & FLAG_SEGMENTED) !== 0) return this.#reencodePart(frame, decoded);
    const payload = frame.subarray(payloadAt);
    // Two compressors may write the same content differently: it is compared as it was before.
    if ((envelope.flags & FLAG_COMPRESSED) !== 0) {
      const copy: Reencoding = { of: "frame", found: frame, canonical: encodeFrame(envelope, payload) };
      return [copy, this.#reencodeContent(payload, true)];
    }
    return [{ of: "frame", found: frame, canonical: encodeFrame(envelope, canonicalContent(payload)) }];
  }

  #reencodePart(frame: Uint8Array, { envelope, payloadAt }: DecodedEnvelope): readonly Reencoding[] {
    const segment = decodeSegment(frame, payloadAt);
    const canonical = encodeFrame(envelope, encodeSegmentHeader(segment), segment.slice);
    const part: Reencoding = { of: "frame", found: frame, canonical };
    const outcome = this.#assembly.take(segment, envelope.flags, envelope.messageId, frame, []);
    if (outcome.type !== "whole") return [part];
    return [part, this.#reencodeContent(outcome.whole.content, outcome.whole.compressed)];
  }

  #reencodeContent(content: Uint8Array, compressed: boolean): Reencoding {
    const { compressor } = this.#options;
    const found = compressed
      ? decompressContent(content, { compressor, maxSnapshotBytes: MAX_SNAPSHOT_BYTES })
      : content;
    return { of: "content", found, canonical: canonicalContent(found) };
  }
}

function canonicalContent(content: Uint8Array): Uint8Array {
  return encodeSnapshot(snapshotPayload(decodeSnapshotColumns(content)));
}
