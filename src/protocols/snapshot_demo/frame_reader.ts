import { ByteReader, type FieldSink } from "../../core/mod.ts";
import type { FrameReader, FrameRow, ReaderOptions } from "../definition.ts";
import { decodeEnvelope, decompressPayload, payloadMalformed } from "./decode.ts";
import { hexOf, readPayload } from "./decode_payload.ts";
import { CRC_BYTES } from "./wire.ts";

/** Decodes frames of the demo to rows. */
export class DemoFrameReader implements FrameReader {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  read(frame: Uint8Array, sink?: FieldSink): FrameRow {
    const { major, minor, type, messageId, payloadAt, payloadEnd, ...rest } = decodeEnvelope(frame, sink);
    const row = { version: `${major}.${minor}`, type, messageId: hexOf(messageId), ...rest };
    if (!rest.compressed) {
      const payload = readPayload(type, new ByteReader(frame, payloadAt, payloadEnd, payloadMalformed, sink));
      sink?.field("crc", storedCrc(frame), frame.length - CRC_BYTES, CRC_BYTES, "u32");
      return { ...row, payload };
    }
    sink?.field("crc", storedCrc(frame), frame.length - CRC_BYTES, CRC_BYTES, "u32");
    const content = decompressPayload(frame.subarray(payloadAt, payloadEnd), this.#options.compressor);
    const contentSink = sink?.enterContent === undefined ? undefined : sink;
    contentSink?.enterContent?.(content);
    const payload = readPayload(type, new ByteReader(content, 0, content.length, payloadMalformed, contentSink));
    contentSink?.leaveContent?.();
    return { ...row, payload };
  }
}

/** spec §1: the CRC stands behind the body. */
function storedCrc(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.length).getUint32(frame.length - CRC_BYTES, true);
}
