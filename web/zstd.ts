import { decompressZstdFrame } from "../src/core/decompress_zstd_frame.ts";
import type { Compressor } from "../src/ports/compressor.ts";

/** The protocol's level: snapshot spec §3. */
const level = 3;
/** Fetching 250 KB from the page's own origin and compiling it; a failed start of the library never settles. */
const initTimeoutMs = 20_000;

/** What is used of `@bokuweb/zstd-wasm`. */
export interface ZstdLibrary {
  /** @param wasmUrl where its `zstd.wasm` is */
  init(wasmUrl: string): Promise<void>;
  compress(bytes: Uint8Array, level: number): Uint8Array;
  decompress(frame: Uint8Array): Uint8Array;
}

async function start({ init, compress, decompress }: ZstdLibrary, wasmUrl: string): Promise<Compressor> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`zstd-wasm did not start within ${initTimeoutMs} ms`)), initTimeoutMs);
  });
  try {
    await Promise.race([init(wasmUrl), late]);
  } finally {
    clearTimeout(timer);
  }
  return {
    compress: (bytes) => compress(bytes, level),
    decompress: (bytes, contentBytes) => decompressZstdFrame(bytes, contentBytes, (frame) => decompress(frame)),
  };
}

let once: Promise<Compressor> | undefined;

/**
 * zstd at level 3 from `@bokuweb/zstd-wasm`, one for the page: a second start would break the first.
 *
 * @param wasmUrl where the page serves the library's `zstd.wasm`; only the first call's counts
 * @returns the compressor; rejects with an `Error` when the library does not start
 *
 * @example
 * ```ts
 * const zstd = await zstdCompressor(library, "/zstd.wasm");
 * zstd.decompress(zstd.compress(new Uint8Array(100)), 100).byteLength; // 100
 * ```
 */
export function zstdCompressor(library: ZstdLibrary, wasmUrl: string): Promise<Compressor> {
  once ??= start(library, wasmUrl);
  return once;
}
