import type { ProtocolDefinition } from "../protocols/definition.ts";

/**
 * One stream of a capture: the file itself, or one direction of a TCP connection in it. Offsets of its rows count in the
 * stream; `extents` say where those bytes stand in the file.
 */
export interface CaptureStream {
  /** `10.0.0.1:40000 > 10.0.0.2:7400`; empty for the file itself. */
  readonly name: string;
  /** Nothing while it isn't known, and for good where no protocol of the catalogue fits. */
  readonly definition: ProtocolDefinition | undefined;
  /** Why it is taken for that, in words. */
  readonly reason: string;
  /** The number of the stream that goes the other way, where there is one. */
  readonly opposite: number | undefined;
  readonly extents: StreamExtents;
}

/** Where the bytes of a stream stand in its file; they are never copied out. */
export interface StreamExtents {
  /** Where the stream ends, as far as it is known; holes count. */
  readonly endOffset: number;
  /** Where the byte at an offset of the stream stands in the file; nothing in a hole. */
  fileOffset(offset: number): number | undefined;
  /**
   * The pieces of the file that make up [offset, offset + bytes) of the stream, in order; holes are left out.
   *
   * @param maxPieces stops after so many
   */
  pieces(offset: number, bytes: number, maxPieces: number): readonly ExtentPiece[];
}

/** A run of a stream that is a run of the file too. */
export interface ExtentPiece {
  readonly offset: number;
  readonly fileOffset: number;
  readonly bytes: number;
}
