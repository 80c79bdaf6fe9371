/** Who is at fault: the caller (`local`) or the bytes a peer sent (`remote`). */
export type ProtocolSide = "local" | "remote";

/** What a {@linkcode ProtocolError} is made of. */
export interface ProtocolErrorInit {
  /** Stable and machine-readable: `<namespace>/<what>`, for example `snapshot/crc-mismatch`. */
  readonly code: string;
  /** Who is at fault. */
  readonly side: ProtocolSide;
  /** Byte offset of the fault in the input at hand, where one can be named. */
  readonly offset?: number;
  /** True when the connection (or the whole input) can't be used any further. */
  readonly fatal?: boolean;
  /** What was found. */
  readonly found: string;
  /** What was expected in its place. */
  readonly expected: string;
}

/**
 * The one error class of the kit. Its message says what was found, where, and what was expected.
 *
 * @example
 * ```ts
 * import { ProtocolError } from "tidewire/core";
 * const error = new ProtocolError({
 *   code: "core/unexpected-end", side: "remote", offset: 7, found: "end of input", expected: "4 more bytes",
 * });
 * console.log(error.message); // core/unexpected-end at byte 7: found end of input, expected 4 more bytes
 * ```
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: string;
  readonly side: ProtocolSide;
  readonly offset: number | undefined;
  readonly fatal: boolean;
  readonly found: string;
  readonly expected: string;

  constructor(init: ProtocolErrorInit) {
    const where = init.offset === undefined ? "" : ` at byte ${init.offset}`;
    super(`${init.code}${where}: found ${init.found}, expected ${init.expected}`);
    this.code = init.code;
    this.side = init.side;
    this.offset = init.offset;
    this.fatal = init.fatal ?? false;
    this.found = init.found;
    this.expected = init.expected;
  }
}
