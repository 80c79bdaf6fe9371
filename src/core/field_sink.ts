/** A value as a decoder read it. */
export type FieldValue = number | bigint | string | boolean | null | Uint8Array;

/** How a value stands in its bytes; little-endian unless it says `be`. */
export type FieldType =
  | "u8"
  | "u16"
  | "u16be"
  | "u32"
  | "u32be"
  | "u64"
  | "u64be"
  | "i64"
  | "f32"
  | "f64"
  | "uvarint"
  | "bool"
  | "text"
  | "bytes";

/**
 * Is told where each decoded value came from. Production passes none; an inspector passes one, so what it shows is the
 * production decode itself. Offsets count from the first byte of the input that was given to the decoder.
 */
export interface FieldSink {
  /** A group of fields begins (an envelope, an extension, one process). */
  open(name: string, offset: number): void;
  /** One value and the bytes that it came from. */
  field(name: string, value: FieldValue, offset: number, bytes: number, type: FieldType): void;
  /** The group that was opened last ends before `offset`. */
  close(offset: number): void;
  /**
   * What follows, up to `leaveContent`, was read from other bytes: a content that was decompressed or put together of
   * several frames. Offsets count from its first byte. A sink without this is told nothing of contents.
   */
  enterContent?(content: Uint8Array): void;
  leaveContent?(): void;
}
