import type { FieldSink, FieldType, FieldValue } from "./field_sink.ts";

/** Makes the error of a reader: what was found, what was expected, and at which offset. */
export type ReadFailure = (found: string, expected: string, offset: number) => Error;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SCRATCH = new DataView(new ArrayBuffer(8));
/** Below this an ASCII loop beats the call into the decoder. */
const SHORT_TEXT_BYTES = 24;
const MAX_UVARINT_BYTES = 10;
/** So many 7-bit groups fit a small integer; what comes after is summed as a bigint. */
const LOW_UVARINT_BYTES = 4;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/**
 * Reads little-endian fields one after another, never past its end, and tells the sink where each came from.
 *
 * @example
 * ```ts
 * import { ByteReader, ProtocolError } from "tidewire/core";
 * const reader = new ByteReader(new Uint8Array([1, 2, 0, 2, 104, 105]), 0, 6, (found, expected, offset) =>
 *   new ProtocolError({ code: "example/malformed", side: "remote", offset, found, expected }));
 * reader.u8("kind");   // 1
 * reader.u16("count"); // 2
 * reader.str("text");  // "hi"
 * ```
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Offset of the next byte. */
  at: number;
  readonly #fail: ReadFailure;
  readonly #sink: FieldSink | undefined;

  /** Reads `bytes` from `start` up to `end`; everything that is wrong is thrown as `fail` makes it. */
  constructor(bytes: Uint8Array, start: number, end: number, fail: ReadFailure, sink?: FieldSink) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.#fail = fail;
    this.#sink = sink;
  }

  get remaining(): number {
    return this.end - this.at;
  }

  /** The error for something wrong at `offset`, for the caller to throw. */
  failure(found: string, expected: string, offset: number): Error {
    return this.#fail(found, expected, offset);
  }

  u8(name: string): number {
    const at = this.#take(name, 1);
    return this.#tell(name, this.bytes[at]!, at, "u8");
  }

  u16(name: string): number {
    const at = this.#take(name, 2);
    return this.#tell(name, this.bytes[at]! | (this.bytes[at + 1]! << 8), at, "u16");
  }

  u32(name: string): number {
    const at = this.#take(name, 4);
    return this.#tell(name, this.#u32At(at), at, "u32");
  }

  /** A `number` while it is a safe integer, a `bigint` beyond. */
  u64(name: string): number | bigint {
    const at = this.#take(name, 8);
    return this.#tell(name, int64(this.#u32At(at), this.#u32At(at + 4)), at, "u64");
  }

  /** A `number` while it is a safe integer, a `bigint` beyond. */
  i64(name: string): number | bigint {
    const at = this.#take(name, 8);
    return this.#tell(name, int64(this.#u32At(at), this.#u32At(at + 4) | 0), at, "i64");
  }

  f32(name: string): number {
    const at = this.#take(name, 4);
    SCRATCH.setUint32(0, this.#u32At(at));
    return this.#tell(name, SCRATCH.getFloat32(0), at, "f32");
  }

  /** A view on the next `length` bytes. */
  take(name: string, length: number): Uint8Array {
    const at = this.#take(name, length);
    return this.#tell(name, this.bytes.subarray(at, at + length), at, "bytes");
  }

  /** Unsigned LEB128, at most 10 bytes and 64 bits, in its shortest form. */
  uvarint(name: string): number | bigint {
    const start = this.at;
    return this.#tell(name, this.#uvarint(name), start, "uvarint");
  }

  /** A `uvarint` byte length, then that many bytes of valid UTF-8. */
  str(name: string, maxBytes: number = Number.MAX_SAFE_INTEGER): string {
    const start = this.at;
    const length = Number(this.#uvarint(name));
    if (length > maxBytes) throw this.#fail(`${length} bytes`, `${name} of at most ${maxBytes} bytes`, start);
    if (length > this.remaining) {
      throw this.#fail(`${this.remaining} bytes left`, `${length} bytes of ${name}`, this.at);
    }
    const textAt = this.at;
    this.at += length;
    return this.#tell(name, this.#text(name, textAt, length), start, "text");
  }

  /** The next `length` bytes, which are UTF-8. */
  text(name: string, length: number): string {
    const at = this.#take(name, length);
    return this.#tell(name, this.#text(name, at, length), at, "text");
  }

  open(name: string): void {
    this.#sink?.open(name, this.at);
  }

  close(): void {
    this.#sink?.close(this.at);
  }

  #text(name: string, at: number, length: number): string {
    if (length <= SHORT_TEXT_BYTES) {
      let text = "";
      let i = at;
      for (; i < at + length && this.bytes[i]! < 0x80; i++) text += String.fromCharCode(this.bytes[i]!);
      if (i === at + length) return text;
    }
    try {
      return UTF8.decode(this.bytes.subarray(at, at + length));
    } catch {
      throw this.#fail("bytes that are not UTF-8", `${name} as UTF-8`, at);
    }
  }

  #uvarint(name: string): number | bigint {
    const start = this.at;
    let low = 0;
    let high = 0n;
    for (let i = 0; ; i++) {
      if (i === MAX_UVARINT_BYTES) throw this.#fail("a longer uvarint", `${name} in at most 10 bytes`, start);
      if (this.at >= this.end) throw this.#short(name, start, "the end of a uvarint");
      const byte = this.bytes[this.at++]!;
      if (i < LOW_UVARINT_BYTES) low += (byte & 0x7f) * 2 ** (7 * i);
      else high |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte >= 0x80) continue;
      if (byte === 0 && i > 0) throw this.#fail("a padded uvarint", `${name} in its shortest form`, start);
      break;
    }
    if (high === 0n) return low;
    const value = high + BigInt(low);
    if (value > MAX_U64) throw this.#fail("a uvarint over 64 bits", `${name} in 64 bits`, start);
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  #take(name: string, length: number): number {
    const at = this.at;
    if (length > this.end - at) throw this.#short(name, at, `${length} bytes`);
    this.at = at + length;
    return at;
  }

  #short(name: string, at: number, wanted: string): Error {
    return this.#fail(`${this.end - at} bytes left`, `${wanted} for ${name}`, at);
  }

  #tell<T extends FieldValue>(name: string, value: T, from: number, type: FieldType): T {
    if (this.#sink !== undefined) this.#sink.field(name, value, from, this.at - from, type);
    return value;
  }

  #u32At(at: number): number {
    const { bytes } = this;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }
}

/**
 * A 64-bit integer of two 32-bit halves; the sign is the high half's.
 *
 * @example
 * ```ts
 * import { int64 } from "tidewire/core";
 * int64(5, 1); // 4294967301
 * int64(0, 0x20_0000); // 9007199254740992n
 * ```
 */
export function int64(low: number, high: number): number | bigint {
  // 2^53 is 2^21 in the high half; -2^53 itself is no safe integer.
  if (high < 0x20_0000 && (high > -0x20_0000 || (high === -0x20_0000 && low > 0))) return high * 0x1_0000_0000 + low;
  return (BigInt(high) << 32n) | BigInt(low);
}
