import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { decompressZstdFrame } from "../src/core/decompress_zstd_frame.ts";
import type { Compressor } from "../src/ports/compressor.ts";

/** The protocol's level: snapshot spec §3. */
const level = 3;

/**
 * zstd at level 3 from Deno's own `node:zlib`.
 *
 * @example
 * ```ts
 * const zstd = zstdCompressor();
 * zstd.decompress(zstd.compress(new Uint8Array(100)), 100).byteLength; // 100
 * ```
 */
export function zstdCompressor(): Compressor {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  return {
    // Snapshot spec §3: one frame that states its content size. Deno states it only when it is announced, and appends
    // a second, empty frame when the output outgrows its first buffer, so that buffer takes zstd's worst case.
    compress: (bytes) =>
      plain(
        zstdCompressSync(bytes, {
          params,
          pledgedSrcSize: bytes.byteLength,
          chunkSize: bytes.byteLength + (bytes.byteLength >> 8) + 256,
        }),
      ),
    decompress: (bytes, contentBytes) =>
      decompressZstdFrame(bytes, contentBytes, (frame) =>
        plain(zstdDecompressSync(frame, { maxOutputLength: Math.max(1, contentBytes) })),
      ),
  };
}

/** A `Buffer` is a `Uint8Array` whose `slice` shares memory; what leaves this file is the plain thing. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
