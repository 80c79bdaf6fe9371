/** From a stream to decoded envelopes; what both sessions do with a chunk first (spec §1, §2). */
import { FrameScanner, type ScannedFrame } from "../../core/mod.ts";
import { checkEnvelope, type DecodedEnvelope, decodeEnvelope } from "./decode.ts";
import { SnapshotError } from "./errors.ts";
import type { Envelope } from "./messages.ts";
import { MAX_FRAME_BYTES, MAX_SKIP_BYTES, SNAPSHOT_FRAMING } from "./wire.ts";

/** One frame of the stream: an envelope that may be acted on, or what is wrong. */
export type Intake =
  | { readonly ok: true; readonly frame: Uint8Array; readonly decoded: DecodedEnvelope }
  | {
      readonly ok: false;
      readonly error: SnapshotError;
      /** There when the fault is in what the envelope asks for, so that an answer can name the message. */
      readonly envelope: Envelope | undefined;
      /** True when the stream can't go on (spec §1). */
      readonly fatal: boolean;
    };

/** Frames of one connection, checked in the order that spec §1 asks for: length, CRC, then everything else. */
export class MessageIntake {
  readonly #scanner: FrameScanner = new FrameScanner(SNAPSHOT_FRAMING);
  readonly #maxConsecutiveBadFrames: number;
  #consecutiveBadFrames = 0;

  constructor(maxConsecutiveBadFrames: number) {
    this.#maxConsecutiveBadFrames = maxConsecutiveBadFrames;
  }

  /** Bytes held of an unfinished frame. */
  get heldBytes(): number {
    return this.#scanner.carriedBytes;
  }

  /** Whether the next byte begins a frame. */
  get isBetweenFrames(): boolean {
    return this.#scanner.isBetweenFrames;
  }

  /** Takes a chunk; `next` must give nothing before the next one. */
  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  /** What the stream holds next. Frames are views that are valid until the next `push`. */
  next(): Intake | undefined {
    const scanned = this.#scanner.next();
    if (scanned === undefined) return undefined;
    if (scanned.status !== "ok") return this.#bad(scanned);
    this.#consecutiveBadFrames = 0;
    return openFrame(scanned.bytes);
  }

  #bad(scanned: ScannedFrame): Intake {
    // spec §1: so many in a row, and the stream has lost its boundaries
    this.#consecutiveBadFrames++;
    const fatal = scanned.fatal || this.#consecutiveBadFrames >= this.#maxConsecutiveBadFrames;
    return { ok: false, error: scanError(scanned, fatal), envelope: undefined, fatal };
  }
}

/** What a whole frame holds whose length and CRC are right. */
export function openFrame(frame: Uint8Array): Intake {
  let envelope: Envelope | undefined;
  try {
    const decoded = decodeEnvelope(frame);
    envelope = decoded.envelope;
    checkEnvelope(decoded);
    return { ok: true, frame, decoded };
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    return { ok: false, error, envelope, fatal: false };
  }
}

/** The error of this protocol for a frame that the scan refused. */
export function scanError(scanned: ScannedFrame, fatal: boolean = scanned.fatal): SnapshotError {
  const where = { offset: scanned.offset, fatal };
  switch (scanned.status) {
    case "tooSmall":
      return new SnapshotError(
        "FRAME_MALFORMED",
        `a frame of ${scanned.declaredBytes} bytes`,
        "room for an envelope",
        where,
      );
    case "tooLarge": {
      const skippable = `at most ${MAX_FRAME_BYTES}${scanned.fatal ? ` (up to ${MAX_SKIP_BYTES} are skipped)` : ""}`;
      return new SnapshotError("FRAME_TOO_LARGE", `a frame of ${scanned.declaredBytes} bytes`, skippable, where);
    }
    default:
      return new SnapshotError(
        "CRC_MISMATCH",
        `crc 0x${scanned.computedCrc.toString(16)} over ${scanned.declaredBytes} bytes`,
        `the stored 0x${scanned.storedCrc.toString(16)}`,
        where,
      );
  }
}
