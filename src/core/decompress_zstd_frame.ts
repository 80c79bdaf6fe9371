import { ProtocolError } from "./protocol_error.ts";

const magic = 0xfd2fb528;
/** RFC 8878 §3.1.1.1.3 and §3.1.1.1.4: field widths by their flags. */
const dictionaryIdBytes = [0, 1, 2, 4] as const;
const contentSizeBytes = [0, 2, 4, 8] as const;

function failed(found: string, expected: string): ProtocolError {
  return new ProtocolError({ code: "zstd/decompression-failed", side: "remote", found, expected });
}

function sizeMismatch(found: number, expected: number): ProtocolError {
  return new ProtocolError({
    code: "zstd/size-mismatch",
    side: "remote",
    found: `a content of ${found} bytes`,
    expected: `${expected} bytes`,
  });
}

interface FrameHeader {
  /** Where the first block starts. */
  readonly headerBytes: number;
  /** What the frame says of its content, where it does. */
  readonly contentBytes: number | undefined;
  readonly hasChecksum: boolean;
}

function readHeader(view: DataView): FrameHeader {
  if (view.byteLength < 9 || view.getUint32(0, true) !== magic) throw failed("no zstd frame", "one zstd frame");
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + dictionaryIdBytes[(descriptor & 3) as 0 | 1 | 2 | 3];
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : contentSizeBytes[sizeFlag as 0 | 1 | 2 | 3];
  const headerBytes = sizeAt + sizeBytes;
  if (headerBytes > view.byteLength) throw failed("a zstd header that is cut short", "one whole zstd frame");
  let contentBytes: number | undefined;
  if (sizeBytes === 1) contentBytes = view.getUint8(sizeAt);
  // RFC 8878 §3.1.1.1.4: the two-byte form counts from 256.
  else if (sizeBytes === 2) contentBytes = view.getUint16(sizeAt, true) + 256;
  else if (sizeBytes === 4) contentBytes = view.getUint32(sizeAt, true);
  else if (sizeBytes === 8) contentBytes = Number(view.getBigUint64(sizeAt, true));
  return { headerBytes, contentBytes, hasChecksum: (descriptor & 4) !== 0 };
}

/** Walks the block headers (RFC 8878 §3.1.1.2) to where the frame ends; every step takes at least three bytes. */
function frameEnd(view: DataView, header: FrameHeader): number {
  let at = header.headerBytes;
  for (;;) {
    if (at + 3 > view.byteLength) throw failed("a zstd frame that is cut short", "a last block");
    const block = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const kind = (block >> 1) & 3;
    if (kind === 3) throw failed("a reserved zstd block type", "a raw, run-length or compressed block");
    at += 3 + (kind === 1 ? 1 : block >> 3);
    if ((block & 1) === 1) return at + (header.hasChecksum ? 4 : 0);
  }
}

/**
 * Decompresses one whole zstd frame with a host's library, and makes all hosts alike: Node's and Deno's ignore what
 * follows a frame, Deno's takes a frame that is cut short, and `@bokuweb/zstd-wasm` allocates whatever the header says.
 *
 * @param bytes exactly one zstd frame
 * @param contentBytes the size that the content must have, already held against a limit
 * @param decompress the library's one-shot call
 * @returns the content, `contentBytes` long
 * @throws {ProtocolError} `zstd/size-mismatch` when header or content have another size, before the library is called
 *   where the header says so; `zstd/decompression-failed` for anything else that is not one whole frame
 */
export function decompressZstdFrame(
  bytes: Uint8Array,
  contentBytes: number,
  decompress: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  if (header.contentBytes === undefined) throw failed("a zstd frame without its content size", "a stated content size");
  if (header.contentBytes !== contentBytes) throw sizeMismatch(header.contentBytes, contentBytes);
  const end = frameEnd(view, header);
  if (end !== bytes.byteLength) {
    throw failed(`a zstd frame that ends at byte ${end} of ${bytes.byteLength}`, "exactly one zstd frame");
  }
  let content: Uint8Array;
  try {
    content = decompress(bytes);
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error), "a zstd frame that decompresses");
  }
  if (content.byteLength !== contentBytes) throw sizeMismatch(content.byteLength, contentBytes);
  return content;
}
