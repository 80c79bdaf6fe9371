import { ProtocolError, type ScannedFrame } from "../../core/mod.ts";

/** What is wrong with a frame (spec §4). */
export type DemoErrorName =
  | "FRAME_TOO_LARGE"
  | "FRAME_MALFORMED"
  | "CRC_MISMATCH"
  | "UNKNOWN_MESSAGE_TYPE"
  | "PAYLOAD_MALFORMED"
  | "PAYLOAD_TOO_LARGE"
  | "DECOMPRESSION_FAILED"
  | "TRUNCATED";

/** A {@linkcode ProtocolError} of this protocol. */
export class DemoError extends ProtocolError {
  readonly errorName: DemoErrorName;

  /** @param offset of the fault; in the frame, or in the content where that was decompressed */
  constructor(errorName: DemoErrorName, found: string, expected: string, offset?: number, fatal: boolean = false) {
    super({
      code: `snapshot_demo/${errorName.toLowerCase().replaceAll("_", "-")}`,
      side: "remote",
      found,
      expected,
      fatal,
      ...(offset === undefined ? {} : { offset }),
    });
    this.errorName = errorName;
  }
}

/** The error for a frame that the scan refused (spec §1). */
export function scanError({ status, offset, declaredBytes, fatal, storedCrc, computedCrc }: ScannedFrame): DemoError {
  const frame = `a frame of ${declaredBytes} bytes`;
  switch (status) {
    case "tooSmall":
      return new DemoError("FRAME_MALFORMED", frame, "45 bytes or more", offset, fatal);
    case "tooLarge":
      return new DemoError("FRAME_TOO_LARGE", frame, "at most 262152", offset, fatal);
    default: {
      const computed = `crc 0x${computedCrc.toString(16)} over ${declaredBytes - 8} bytes`;
      return new DemoError("CRC_MISMATCH", computed, `the stored 0x${storedCrc.toString(16)}`, offset, fatal);
    }
  }
}
