/**
 * A capture (spec §8), frame by frame, damage and all. Without IO: the host hands over pieces of the file, of any size.
 */
import { ProtocolError } from "../core/mod.ts";
import type { FrameReader, FrameRow, ProtocolDefinition, ReaderOptions } from "../protocols/definition.ts";
import { createStreamCutter, type StreamCutter } from "./stream_cutter.ts";

/** A frame that could be decoded. */
export interface CaptureFrame {
  readonly type: "frame";
  /** Where it starts in the capture. */
  readonly offset: number;
  /** The whole frame; valid until the next `push`. */
  readonly frame: Uint8Array;
  /** What it means, in the shape of the vectors' rows, without `offset`. */
  readonly row: FrameRow;
}

/** Something that could not be decoded. */
export interface CaptureFault {
  readonly type: "fault";
  /** Where it starts in the capture. */
  readonly offset: number;
  /** As a row's `error` names it. */
  readonly errorName: string;
  readonly error: ProtocolError;
  /** Where reading goes on: the bytes from `offset` to here are given up. */
  readonly endOffset: number;
  /**
   * How that place was found: behind the frame, which is whole and can't be decoded; by the length that a bad frame declares;
   * by search for the next good frame; behind bytes that a packet capture lacks; or not at all, and then `endOffset` is the
   * end of the capture.
   */
  readonly resumedBy: "frame" | "length" | "search" | "hole" | "nothing";
}

/** One thing that a capture holds, in its order. */
export type CaptureItem = CaptureFrame | CaptureFault;

/**
 * Reads a capture of any protocol and never stops at a bad frame while there is a good one behind it that can be told from
 * noise (`FramedCutter` says how). After a frame that is whole but can't be decoded, reading goes on at the next one.
 *
 * The items are the same however the capture is cut into chunks.
 *
 * @example
 * ```ts
 * const reader = new CaptureReader(SNAPSHOT_PROTOCOL, { compressor: undefined });
 * reader.push(new Uint8Array([0xff, 0xff]));
 * reader.finish();
 * reader.next(); // { type: "fault", offset: 0, errorName: "TRUNCATED", endOffset: 2, … }
 * reader.next(); // undefined
 * ```
 */
export class CaptureReader {
  readonly #definition: ProtocolDefinition;
  readonly #reader: FrameReader;
  readonly #cutter: StreamCutter;

  constructor(definition: ProtocolDefinition, options: ReaderOptions) {
    this.#definition = definition;
    this.#reader = definition.createReader(options);
    this.#cutter = createStreamCutter(definition);
  }

  /** How far reading has come: everything before this offset is decided on. */
  get offset(): number {
    return this.#cutter.offset;
  }

  /** Takes the next chunk of the capture; the caller may reuse it. */
  push(chunk: Uint8Array): void {
    this.#cutter.push(chunk);
  }

  /** The capture ends here. */
  finish(): void {
    this.#cutter.finish();
  }

  /** The next item; undefined when that takes more of the capture, or after `finish` when there is no more. */
  next(): CaptureItem | undefined {
    const cutter = this.#cutter;
    switch (cutter.advance()) {
      case undefined:
        return undefined;
      case "fault":
        return { type: "fault", errorName: this.#definition.errorNameOf(cutter.fault!.error), ...cutter.fault! };
      case "frame":
        return this.#decode(cutter.frameOffset, cutter.buffer.subarray(cutter.frameAt, cutter.frameEnd));
    }
  }

  #decode(offset: number, frame: Uint8Array): CaptureItem {
    try {
      return { type: "frame", offset, frame, row: this.#reader.read(frame) };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const errorName = this.#definition.errorNameOf(error);
      return { type: "fault", offset, errorName, error, endOffset: offset + frame.length, resumedBy: "frame" };
    }
  }
}
