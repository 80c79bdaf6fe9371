/** A value as a decoder read it. */
export type FieldValue = number | bigint | string | boolean | null | Uint8Array;

/**
 * Is told where each decoded value came from. Production passes none; an inspector passes one, so what it shows is the
 * production decode itself. Offsets count from the first byte of the input that was given to the decoder.
 */
export interface FieldSink {
  /** A group of fields begins (an envelope, an extension, one process). */
  open(name: string, offset: number): void;
  /** One value and the bytes that it came from. */
  field(name: string, value: FieldValue, offset: number, bytes: number): void;
  /** The group that was opened last ends before `offset`. */
  close(offset: number): void;
}
