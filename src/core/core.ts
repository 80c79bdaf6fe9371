import { type Kernels, loadKernels } from "./kernels.ts";
import type { WasmMemory } from "./web_assembly.ts";

export { CORE_SHA256 } from "./wasm.generated.ts";

/** What {@linkcode Core.utf8Kind} finds. */
export type Utf8Kind = "ascii" | "utf8" | "invalid";

/** What a zstd frame may declare at most. */
export interface ZstdLimits {
  readonly maxContentBytes: number;
  readonly maxWindowBytes: number;
}

/** Why a zstd frame is refused before it is decompressed. */
export type ZstdRefusal =
  | "notZstd"
  | "truncated"
  | "reservedBit"
  | "dictionary"
  | "contentSizeMissing"
  | "contentTooLarge"
  | "windowTooLarge";

/** What {@linkcode Core.zstdContentBytes} finds. */
export type ZstdHeader =
  | { readonly ok: true; readonly contentBytes: number }
  | { readonly ok: false; readonly reason: ZstdRefusal };

/** By the negative numbers that the kernel returns, from -1 on. */
const ZSTD_REFUSALS: readonly ZstdRefusal[] = [
  "notZstd",
  "truncated",
  "reservedBit",
  "dictionary",
  "contentSizeMissing",
  "contentTooLarge",
  "windowTooLarge",
];

/** Magic, descriptor, window and the widest content size: a dictionary id, which may stand between them, is refused. */
const ZSTD_HEADER_BYTES = 14;

/** A window of this size stays in the first-level cache between the copy and the kernel that reads it. */
const COPY_WINDOW_BYTES = 16_384;

/**
 * The WebAssembly core of this realm: one instance with one memory of fixed size. {@linkcode loadCore} returns it.
 *
 * Bytes that lie in the core's own memory are read in place; others are copied through a region of their own.
 *
 * @example
 * ```ts
 * import { loadCore } from "tidewire/core";
 * const core = loadCore();
 * core.utf8Kind(Uint8Array.of(0xc3, 0xbc)); // "utf8"
 * ```
 */
export class Core {
  /** The memory. It never grows: views on it stay valid. */
  readonly memory: WasmMemory;
  /** A region of the memory that belongs to the caller: nothing in the core writes to it. */
  readonly input: Uint8Array;
  readonly #kernels: Kernels;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.memory = kernels.wasm.memory;
    this.input = kernels.input;
  }

  /**
   * CRC-32/ISO-HDLC, as an unsigned number.
   *
   * @param seed 0, or the CRC of all the bytes that came before.
   */
  crc32(bytes: Uint8Array, seed = 0): number {
    const kernels = this.#kernels;
    if (bytes.length <= COPY_WINDOW_BYTES || kernels.holds(bytes)) {
      return kernels.crc32(kernels.place(bytes), bytes.length, seed) >>> 0;
    }
    let crc = seed;
    for (let at = 0; at < bytes.length; at += COPY_WINDOW_BYTES) {
      const window = bytes.subarray(at, at + COPY_WINDOW_BYTES);
      crc = kernels.crc32(kernels.place(window), window.length, crc);
    }
    return crc >>> 0;
  }

  /** Whether the bytes are ASCII, strictly valid UTF-8 with something else in it, or not valid. */
  utf8Kind(bytes: Uint8Array): Utf8Kind {
    const kernels = this.#kernels;
    if (bytes.length <= COPY_WINDOW_BYTES || kernels.holds(bytes)) {
      return utf8KindOf(kernels.wasm.utf8Kind(kernels.place(bytes), bytes.length));
    }
    let kind = 0;
    for (let at = 0; at < bytes.length; ) {
      const end = wholeCharactersEnd(bytes, at + COPY_WINDOW_BYTES);
      const found = kernels.wasm.utf8Kind(kernels.place(bytes.subarray(at, end)), end - at);
      if (found < 0) return "invalid";
      kind |= found;
      at = end;
    }
    return utf8KindOf(kind);
  }

  /**
   * Reads the header of a zstd frame (RFC 8878 §3.1.1.1): its content size, or why it is refused. `bytes` is the frame or
   * any start of it. A frame without a content size, with a dictionary, or over a limit is refused.
   */
  zstdContentBytes(bytes: Uint8Array, limits: ZstdLimits): ZstdHeader {
    const kernels = this.#kernels;
    const header = bytes.length <= ZSTD_HEADER_BYTES ? bytes : bytes.subarray(0, ZSTD_HEADER_BYTES);
    const found = kernels.wasm.zstdContentBytes(
      kernels.place(header),
      header.length,
      limits.maxContentBytes,
      limits.maxWindowBytes,
    );
    return found >= 0 ? { ok: true, contentBytes: found } : { ok: false, reason: ZSTD_REFUSALS[-1 - found]! };
  }
}

function utf8KindOf(found: number): Utf8Kind {
  return found < 0 ? "invalid" : found === 0 ? "ascii" : "utf8";
}

/** The last place at or up to three bytes before `end` where no character of valid UTF-8 is cut. */
function wholeCharactersEnd(bytes: Uint8Array, end: number): number {
  if (end >= bytes.length) return bytes.length;
  for (let back = 0; back < 4; back++) {
    if ((bytes[end - back]! & 0xc0) !== 0x80) return end - back;
  }
  return end; // four continuation bytes in a row: not valid wherever it is cut
}

let core: Core | undefined;

/**
 * The realm's one core, compiled and instantiated synchronously at the first call.
 *
 * @example
 * ```ts
 * import { loadCore } from "tidewire/core";
 * const core = loadCore();
 * console.log(core.crc32(new TextEncoder().encode("123456789")).toString(16)); // cbf43926
 * ```
 */
export function loadCore(): Core {
  core ??= new Core(loadKernels());
  return core;
}

/**
 * {@linkcode Core.crc32} of the realm's core.
 *
 * @example
 * ```ts
 * import { crc32 } from "tidewire/core";
 * const text = new TextEncoder().encode("123456789");
 * console.log(crc32(text.subarray(4), crc32(text.subarray(0, 4))) === 0xcbf43926); // true
 * ```
 */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return loadCore().crc32(bytes, seed);
}

/**
 * {@linkcode Core.utf8Kind} of the realm's core.
 *
 * @example
 * ```ts
 * import { utf8Kind } from "tidewire/core";
 * console.log(utf8Kind(Uint8Array.of(0xc3, 0xa9))); // utf8
 * ```
 */
export function utf8Kind(bytes: Uint8Array): Utf8Kind {
  return loadCore().utf8Kind(bytes);
}

/**
 * {@linkcode Core.zstdContentBytes} of the realm's core.
 *
 * @example
 * ```ts
 * import { zstdContentBytes } from "tidewire/core";
 * const limits = { maxContentBytes: 1_000, maxWindowBytes: 8_388_608 };
 * console.log(zstdContentBytes(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 5), limits)); // { ok: true, contentBytes: 5 }
 * ```
 */
export function zstdContentBytes(bytes: Uint8Array, limits: ZstdLimits): ZstdHeader {
  return loadCore().zstdContentBytes(bytes, limits);
}
