import type { ProtocolError } from "../core/mod.ts";
import type { ProtocolDefinition } from "../protocols/definition.ts";
import { FramedCutter } from "./framed_cutter.ts";
import { StagedCutter } from "./staged_cutter.ts";

/** How the place was found where reading goes on behind bytes that are no frame. */
export type ResumedBy = "length" | "search" | "nothing";

/** Bytes that are no frame. Offsets are of the stream. */
export interface CutFault {
  readonly offset: number;
  readonly endOffset: number;
  readonly error: ProtocolError;
  readonly resumedBy: ResumedBy;
}

/**
 * Cuts one stream into frames and faults, without a look at what the frames say. Every byte is in exactly one of them,
 * however the stream was cut into chunks.
 */
export interface StreamCutter {
  /** How far cutting has come: everything before this offset is decided on. */
  readonly offset: number;
  /** Takes the next chunk; the caller may reuse it. What `advance` gave is no longer valid. */
  push(chunk: Uint8Array): void;
  /** The stream ends here. */
  finish(): void;
  /** The stream goes on behind its end: as if `finish`, and what `advance` gave since, had not been. */
  reopen(): void;
  /** Goes on to the next frame or fault; `undefined` when that takes more of the stream, or when there is no more. */
  advance(): "frame" | "fault" | undefined;
  /** After `frame`: where it starts in the stream. */
  readonly frameOffset: number;
  /** After `frame`: it lies in `buffer` from `frameAt` up to `frameEnd`, until the next `push`. */
  readonly buffer: Uint8Array;
  readonly frameAt: number;
  readonly frameEnd: number;
  /** After `fault`. */
  readonly fault: CutFault | undefined;
}

/** The cutter for streams of a protocol. */
export function createStreamCutter(definition: ProtocolDefinition): StreamCutter {
  const { layout } = definition;
  return layout.type === "framed"
    ? new FramedCutter(layout, definition.errorOfEnd)
    : new StagedCutter(layout, definition.errorOfEnd);
}
