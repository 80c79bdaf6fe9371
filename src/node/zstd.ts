import * as zlib from "node:zlib";
import { decompressZstdFrame } from "../core/decompress_zstd_frame.ts";
import type { Compressor } from "../ports/compressor.ts";

/** The protocol's level: snapshot spec §3. */
const level = 3;
/** Instantiating takes about 5 ms; a machine that has not done it after this time will not do it. */
const initTimeoutMs = 10_000;

function nativeCompressor(): Compressor {
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: level };
  return {
    // Only with the size announced does every version state it in the header.
    compress: (bytes) => plain(zlib.zstdCompressSync(bytes, { params, pledgedSrcSize: bytes.byteLength })),
    decompress: (bytes, contentBytes) =>
      decompressZstdFrame(bytes, contentBytes, (frame) =>
        plain(zlib.zstdDecompressSync(frame, { maxOutputLength: Math.max(1, contentBytes) })),
      ),
  };
}

/** A `Buffer` is a `Uint8Array` whose `slice` shares memory; what leaves this file is the plain thing. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function wasmCompressor(): Promise<Compressor> {
  const zstd = await import("@bokuweb/zstd-wasm");
  // A failed init of this library never settles.
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`zstd-wasm did not start within ${initTimeoutMs} ms`)), initTimeoutMs);
  });
  try {
    await Promise.race([zstd.init(), late]);
  } finally {
    clearTimeout(timer);
  }
  return {
    compress: (bytes) => zstd.compress(bytes, level),
    decompress: (bytes, contentBytes) => decompressZstdFrame(bytes, contentBytes, (frame) => zstd.decompress(frame)),
  };
}

let once: Promise<Compressor> | undefined;

/**
 * zstd at level 3: from `node:zlib` where Node has it (22.15 and newer), else from `@bokuweb/zstd-wasm`.
 *
 * There is one for the process: a second start of the WebAssembly library would break the first, so a failure stays.
 *
 * @returns the compressor; rejects with an `Error` when the library does not start
 *
 * @example
 * ```ts
 * const zstd = await zstdCompressor();
 * zstd.decompress(zstd.compress(new Uint8Array(100)), 100).byteLength; // 100
 * ```
 */
export function zstdCompressor(): Promise<Compressor> {
  once ??= typeof zlib.zstdCompressSync === "function" ? Promise.resolve(nativeCompressor()) : wasmCompressor();
  return once;
}
