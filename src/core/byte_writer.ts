const UTF8 = new TextEncoder();
const SCRATCH = new DataView(new ArrayBuffer(8));
const FIRST_BYTES = 256;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/**
 * Writes little-endian fields one after another into a buffer that doubles up to a bound.
 *
 * @example
 * ```ts
 * import { ByteWriter } from "tidewire/core";
 * const writer = new ByteWriter(1_024);
 * writer.u8(1);
 * writer.str("hi");
 * writer.finish(); // Uint8Array [1, 2, 104, 105]
 * ```
 */
export class ByteWriter {
  readonly #maxBytes: number;
  #bytes = new Uint8Array(FIRST_BYTES);
  #at = 0;

  /** @param maxBytes what may be written at most; over it a RangeError is thrown, because it is the caller's fault */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#bytes[this.#at++] = value;
    this.#bytes[this.#at++] = value >>> 8;
  }

  u32(value: number): void {
    this.u16(value & 0xffff);
    this.u16(value >>> 16);
  }

  /** Signed and unsigned alike: two's complement. */
  u64(value: number | bigint): void {
    SCRATCH.setBigInt64(0, BigInt.asIntN(64, BigInt(value)));
    this.u32(SCRATCH.getUint32(4));
    this.u32(SCRATCH.getUint32(0));
  }

  f32(value: number): void {
    SCRATCH.setFloat32(0, value);
    this.u32(SCRATCH.getUint32(0));
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Unsigned LEB128 in its shortest form. Below 0 or over 64 bits a RangeError is thrown. */
  uvarint(value: number | bigint): void {
    let rest = BigInt(value);
    if (rest < 0n || rest > MAX_U64) throw new RangeError(`uvarint ${value}, 0 to ${MAX_U64} fits`);
    while (rest >= 0x80n) {
      this.u8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.u8(Number(rest));
  }

  /** A `uvarint` byte length, then the text as UTF-8. */
  str(value: string): void {
    const text = UTF8.encode(value);
    this.uvarint(text.length);
    this.bytes(text);
  }

  /** What was written; the writer may go on, but the view is of what stands now. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #reserve(more: number): void {
    const needed = this.#at + more;
    if (needed > this.#maxBytes) throw new RangeError(`${needed} bytes written, at most ${this.#maxBytes} may be`);
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, this.#bytes.length * 2)));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
