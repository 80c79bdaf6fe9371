/**
 * zstd as a host provides it. Both calls are synchronous; whatever a host must load, it loads before it hands the
 * compressor out. Callers have read the frame header (`zstdContentBytes` of the core) and refused by limit before
 * they call `decompress`.
 */
export interface Compressor {
  /** One zstd frame (level 3) that states its content size. */
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * The content of one zstd frame.
   *
   * @param contentBytes what the frame's header states; a result of another size is refused
   * @throws ProtocolError `zstd/decompression-failed`, `zstd/size-mismatch`
   */
  decompress(bytes: Uint8Array, contentBytes: number): Uint8Array;
}
