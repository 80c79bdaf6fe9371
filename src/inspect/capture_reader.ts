/**
 * A capture (spec §8), frame by frame, damage and all. Without IO: the host hands over pieces of the file, of any size.
 */
import { findFrame, ProtocolError, type ScannedFrame } from "../core/mod.ts";
import type { FrameReader, FrameRow, ProtocolDefinition, ReaderOptions } from "../protocols/definition.ts";
import { ByteWindow } from "./byte_window.ts";
import { findClaimedFrames, followChain } from "./declared_chain.ts";
import { type FrameProbe, isSkippable, probeFrame } from "./frame_probe.ts";

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
   * by search for the next good frame; or not at all, and then `endOffset` is the end of the capture.
   */
  readonly resumedBy: "frame" | "length" | "search" | "nothing";
}

/** One thing that a capture holds, in its order. */
export type CaptureItem = CaptureFrame | CaptureFault;

/** A fault whose end is not known yet. Offsets are of the capture. */
interface OpenFault {
  readonly offset: number;
  readonly error: ProtocolError;
  /** Where the frame's length says that the next one starts, while that is believed. */
  nextOffset: number | undefined;
  /** No good frame starts between `offset` and here. */
  searchedTo: number;
  /** True when the next frame is to be looked at before anything is searched for. */
  followsFirst: boolean;
}

/**
 * Reads a capture and never stops at a bad frame while there is a good one behind it.
 *
 * After a frame that is whole but can't be decoded, reading goes on at the next one. After a bad CRC, or a length that can't be,
 * it goes on where the declared length leads if a good frame or the end is there (at most 8 bad frames may lie in between:
 * each is a fault of its own); else at the next place with a frame whose CRC holds.
 *
 * The items are the same however the capture is cut into chunks. Holds at most about nine frames of the largest size and
 * the last chunk; looks at each byte a bounded number of times.
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
  readonly #window: ByteWindow = new ByteWindow();
  #fault: OpenFault | undefined;
  /** Nothing can be said before the capture is there up to this offset (or ended). */
  #wantedOffset = 0;
  #ended = false;

  constructor(definition: ProtocolDefinition, options: ReaderOptions) {
    this.#definition = definition;
    this.#reader = definition.createReader(options);
  }

  /** How far reading has come: everything before this offset is decided on. */
  get offset(): number {
    return this.#fault?.searchedTo ?? this.#window.offset;
  }

  /** Takes the next chunk of the capture; the caller may reuse it. */
  push(chunk: Uint8Array): void {
    this.#window.append(chunk);
  }

  /** The capture ends here. */
  finish(): void {
    this.#ended = true;
  }

  /** The next item; undefined when that takes more of the capture, or after `finish` when there is no more. */
  next(): CaptureItem | undefined {
    if (!this.#ended && this.#window.endOffset < this.#wantedOffset) return undefined;
    if (this.#fault === undefined) {
      const { bytes, offset } = this.#window;
      if (bytes.length === 0) return undefined;
      const probe = probeFrame(this.#definition.framing, bytes, 0);
      if (probe.status === "ok") return this.#decode(offset, bytes.subarray(0, probe.declaredBytes));
      if (probe.status === "short" && !this.#ended) return this.#wait(offset + probe.wantedBytes);
      this.#fault = this.#open(offset, probe);
    }
    return this.#resume(this.#fault);
  }

  #wait(wantedOffset: number): undefined {
    this.#wantedOffset = wantedOffset;
  }

  #decode(offset: number, frame: Uint8Array): CaptureItem {
    const endOffset = offset + frame.length;
    this.#window.dropTo(endOffset);
    try {
      return { type: "frame", offset, frame, row: this.#reader.read(frame) };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const errorName = this.#definition.errorNameOf(error);
      return { type: "fault", offset, errorName, error, endOffset, resumedBy: "frame" };
    }
  }

  #open(offset: number, probe: Exclude<FrameProbe, { status: "ok" }>): OpenFault {
    const searchedTo = offset + 1;
    if (probe.status === "short") {
      const error = this.#definition.errorOfEnd(offset, this.#window.bytes.length);
      return { offset, error, nextOffset: undefined, searchedTo, followsFirst: false };
    }
    const { framing } = this.#definition;
    const { status, declaredBytes } = probe;
    const isWhole = status === "crcMismatch";
    const leadsOn = isWhole || (status === "tooLarge" && isSkippable(framing, declaredBytes));
    const scanned: ScannedFrame = {
      status,
      offset,
      bytes: isWhole ? this.#window.bytes.subarray(0, declaredBytes) : NO_BYTES,
      declaredBytes,
      storedCrc: isWhole ? probe.storedCrc : 0,
      computedCrc: isWhole ? probe.computedCrc : 0,
      fatal: !leadsOn,
    };
    const error = this.#definition.errorOfScan(scanned);
    const nextOffset = leadsOn ? offset + declaredBytes : undefined;
    // A frame that is too large is not held while its end is looked for: what lies inside it is searched on the way.
    return { offset, error, nextOffset, searchedTo, followsFirst: isWhole };
  }

  /** Looks for the place where reading goes on, as far as the window reaches. */
  #resume(fault: OpenFault): CaptureFault | undefined {
    for (;;) {
      const { nextOffset } = fault;
      if (nextOffset !== undefined && (fault.followsFirst || fault.searchedTo >= nextOffset)) {
        const found = this.#follow(fault, nextOffset);
        if (found !== undefined || fault.nextOffset !== undefined) return found;
      }
      const found = this.#search(fault);
      if (found !== undefined || fault.searchedTo !== fault.nextOffset) return found;
    }
  }

  /** Believes the declared length if it leads on; gives it up (`nextOffset`) if it leads nowhere. */
  #follow(fault: OpenFault, nextOffset: number): CaptureFault | undefined {
    const { framing } = this.#definition;
    if (!fault.followsFirst) this.#window.dropTo(nextOffset);
    const { bytes, offset } = this.#window;
    const from = nextOffset - offset;
    const lead = followChain(framing, bytes, from, this.#ended);
    if (lead.type === "unknown") return this.#wait(offset + lead.wantedBytes);
    if (lead.type === "nowhere") {
      fault.nextOffset = undefined;
      return undefined;
    }
    // The end is near and all of it here: an unfinished frame proves nothing, so a good one before it is believed first.
    const start = fault.followsFirst ? 1 : from;
    const better =
      lead.type === "unfinished"
        ? findFrame(framing, bytes, start)
        : fault.followsFirst
          ? findClaimedFrames(framing, bytes.subarray(0, from))
          : -1;
    return better < 0 ? this.#close(fault, nextOffset, "length") : this.#close(fault, offset + better, "search");
  }

  /** Searches the window for a good frame, up to where the declared length leads if that is still believed. */
  #search(fault: OpenFault): CaptureFault | undefined {
    const { framing } = this.#definition;
    this.#window.dropTo(fault.searchedTo);
    const { bytes, offset } = this.#window;
    // A frame that starts later than this may not be whole yet.
    let starts = this.#ended ? bytes.length : bytes.length - framing.maxFrameBytes + 1;
    const isBounded = fault.nextOffset !== undefined && fault.nextOffset - offset <= starts;
    if (isBounded) starts = fault.nextOffset! - offset;
    // As many starts in one go as bytes that have to be there behind them, or small chunks would make it quadratic.
    const wanted = isBounded || this.#ended ? 0 : framing.maxFrameBytes;
    if (starts < wanted) return this.#wait(offset + 2 * wanted);
    const reach = bytes.subarray(0, starts + framing.maxFrameBytes - 1);
    const found = findFrame(framing, reach, 0);
    if (found >= 0 && found < starts) return this.#close(fault, offset + found, "search");
    fault.searchedTo = offset + starts;
    if (isBounded) return undefined;
    return this.#ended ? this.#close(fault, fault.searchedTo, "nothing") : this.#wait(fault.searchedTo + 2 * wanted);
  }

  #close(fault: OpenFault, endOffset: number, resumedBy: CaptureFault["resumedBy"]): CaptureFault {
    this.#fault = undefined;
    this.#window.dropTo(endOffset);
    const { offset, error } = fault;
    return { type: "fault", offset, errorName: this.#definition.errorNameOf(error), error, endOffset, resumedBy };
  }
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
