import { ProtocolError, type ProtocolSide } from "../../core/protocol_error.ts";

/** Error codes on the wire (spec §7). */
export const ERROR_CODES: Readonly<Record<ErrorName, number>> = {
  FRAME_MALFORMED: 1,
  FRAME_TOO_LARGE: 2,
  CRC_MISMATCH: 3,
  UNKNOWN_MESSAGE_TYPE: 4,
  UNSUPPORTED_FLAG: 5,
  VERSION_UNSUPPORTED: 6,
  HANDSHAKE_REQUIRED: 7,
  HANDSHAKE_REPEATED: 8,
  PAYLOAD_MALFORMED: 9,
  PAYLOAD_TOO_LARGE: 10,
  DECOMPRESSION_FAILED: 11,
  SEGMENT_CONFLICT: 12,
  REASSEMBLY_OVERFLOW: 13,
  STORE_FAILED: 14,
  UNAUTHORIZED: 15,
  IDLE_TIMEOUT: 16,
  SHUTTING_DOWN: 17,
  AGENT_MISMATCH: 18,
  COMPRESSION_NOT_NEGOTIATED: 19,
  AGENT_REPLACED: 20,
};

/** The name of an error code. */
export type ErrorName =
  | "FRAME_MALFORMED"
  | "FRAME_TOO_LARGE"
  | "CRC_MISMATCH"
  | "UNKNOWN_MESSAGE_TYPE"
  | "UNSUPPORTED_FLAG"
  | "VERSION_UNSUPPORTED"
  | "HANDSHAKE_REQUIRED"
  | "HANDSHAKE_REPEATED"
  | "PAYLOAD_MALFORMED"
  | "PAYLOAD_TOO_LARGE"
  | "DECOMPRESSION_FAILED"
  | "SEGMENT_CONFLICT"
  | "REASSEMBLY_OVERFLOW"
  | "STORE_FAILED"
  | "UNAUTHORIZED"
  | "IDLE_TIMEOUT"
  | "SHUTTING_DOWN"
  | "AGENT_MISMATCH"
  | "COMPRESSION_NOT_NEGOTIATED"
  | "AGENT_REPLACED";

/** What a reader of files says where one ends inside a frame; it has no number on the wire (spec §7). */
export type CaptureErrorName = ErrorName | "TRUNCATED";

const NAMES: ReadonlyMap<number, ErrorName> = new Map(
  (Object.entries(ERROR_CODES) as [ErrorName, number][]).map(([name, code]) => [code, name]),
);

/**
 * The name of a code from the wire; `ERROR_<n>` for one that this version does not know.
 *
 * @example
 * ```ts
 * import { errorName } from "tidewire/snapshot";
 * errorName(3); // "CRC_MISMATCH"
 * errorName(99); // "ERROR_99"
 * ```
 */
export function errorName(code: number): string {
  return NAMES.get(code) ?? `ERROR_${code}`;
}

/**
 * A {@linkcode ProtocolError} of this protocol: it knows its name on the wire.
 *
 * @example
 * ```ts
 * import { SnapshotError } from "tidewire/snapshot";
 * const error = new SnapshotError("CRC_MISMATCH", "crc 0x1", "crc 0x2", { offset: 0 });
 * [error.errorName, error.code]; // ["CRC_MISMATCH", "snapshot/crc-mismatch"]
 * ```
 */
export class SnapshotError extends ProtocolError {
  readonly errorName: CaptureErrorName;

  constructor(
    errorName: CaptureErrorName,
    found: string,
    expected: string,
    where: { readonly offset?: number; readonly side?: ProtocolSide; readonly fatal?: boolean } = {},
  ) {
    super({
      code: `snapshot/${errorName.toLowerCase().replaceAll("_", "-")}`,
      side: where.side ?? "remote",
      found,
      expected,
      ...(where.offset === undefined ? {} : { offset: where.offset }),
      ...(where.fatal === undefined ? {} : { fatal: where.fatal }),
    });
    this.errorName = errorName;
  }
}

/** What the local side did wrong. */
export function localError(code: string, found: string, expected: string): ProtocolError {
  return new ProtocolError({ code, side: "local", found, expected });
}
