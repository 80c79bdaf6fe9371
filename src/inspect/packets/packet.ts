import type { ProtocolError } from "../../core/mod.ts";

/** One packet of a capture. */
export interface Packet {
  readonly type: "packet";
  /** As the link layer had it; a view that is valid until the next `push`. */
  readonly bytes: Uint8Array;
  /** Where `bytes` start in the file. */
  readonly fileOffset: number;
  /** When it was captured, UTC; NaN if the file doesn't say. */
  readonly timeMs: number;
  /** A number of the registry of link-layer header types. */
  readonly linkType: number;
}

/** A place from which on the file can't be read. */
export interface BrokenCapture {
  readonly type: "broken";
  /** In the file. */
  readonly offset: number;
  readonly error: ProtocolError;
}

/** Takes a file piece by piece and gives its packets in order. */
export interface PacketReader {
  push(chunk: Uint8Array): void;
  /** The file ends here. */
  finish(): void;
  /** Nothing when that takes more of the file, or when there is no more. */
  next(): Packet | BrokenCapture | undefined;
}

/** The most that any tool writes of one packet; a file that says more is damaged. */
export const MAX_PACKET_BYTES = 1_048_576;
