import type { CaptureSource } from "../ports/capture_source.ts";
import type { CaptureStream, ExtentPiece } from "./capture_stream.ts";

/** A frame of the largest size comes in so many packets at most, with a byte in each. */
const MAX_PIECES = 1_048_576;

/**
 * Bytes of a stream, from the places of the file where they stand. Bytes that the capture lacks are zeros; what lies behind
 * the end of the file is left out.
 *
 * @param offset in the stream
 */
export async function readStreamBytes(
  source: CaptureSource,
  { extents }: CaptureStream,
  offset: number,
  bytes: number,
): Promise<Uint8Array> {
  const pieces = extents.pieces(offset, bytes, MAX_PIECES);
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1 && only.offset === offset) {
    return source.read(only.fileOffset, only.bytes);
  }
  const last = pieces.at(-1);
  if (last === undefined) return new Uint8Array(0);
  const joined = new Uint8Array(last.offset + last.bytes - offset);
  // One read for the whole run of packets: reads cost more than bytes.
  for (let first = 0; first < pieces.length; ) {
    let end = first + 1;
    while (end < pieces.length && isInRun(pieces[first]!, pieces[end - 1]!, pieces[end]!)) end++;
    const from = pieces[first]!.fileOffset;
    const lastOfRun = pieces[end - 1]!;
    const run = await source.read(from, lastOfRun.fileOffset + lastOfRun.bytes - from);
    for (const piece of pieces.slice(first, end)) {
      const at = piece.fileOffset - from;
      joined.set(run.subarray(at, at + piece.bytes), piece.offset - offset);
    }
    first = end;
  }
  return joined;
}

/** Read at once, with what lies between. */
const MAX_RUN_BYTES = 1_048_576;

/** Segments that came out of their order stand in the file in another one. */
function isInRun(first: ExtentPiece, before: ExtentPiece, { fileOffset }: ExtentPiece): boolean {
  return fileOffset > before.fileOffset && fileOffset - first.fileOffset <= MAX_RUN_BYTES;
}
