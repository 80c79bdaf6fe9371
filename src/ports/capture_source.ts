/** A capture as a host holds it: a file, a pasted text, what a server stored. Never in memory as a whole. */
export interface CaptureSource {
  /** As people know it; no path. */
  readonly name: string;
  /** How large it is now; a file that is still written grows. */
  readonly bytes: number;
  /**
   * The bytes from `offset` on: exactly `bytes` of them, or fewer where the capture ends. What is returned is the caller's.
   *
   * Rejects with what the host says when the bytes can't be read.
   */
  read(offset: number, bytes: number): Promise<Uint8Array>;
}
