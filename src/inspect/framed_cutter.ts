import { FrameBatch } from "../core/frame_batch.ts";
import { findFrame, type ProtocolError, type ScannedFrame } from "../core/mod.ts";
import type { FramedLayout, ProtocolDefinition } from "../protocols/definition.ts";
import { ByteWindow } from "./byte_window.ts";
import { findClaimedFrames, followChain } from "./declared_chain.ts";
import { type FrameProbe, isSkippable, probeFrame } from "./frame_probe.ts";
import type { CutFault, ResumedBy, StreamCutter } from "./stream_cutter.ts";

/** Scanned in one call at most: what the core's staging region holds. */
const MAX_SCAN_BYTES = 524_288;
/** And behind a fault, where the next one may be near. */
const MIN_SCAN_BYTES = 1_024;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A fault whose end is not known yet. Offsets are of the stream. */
interface OpenFault {
  readonly offset: number;
  readonly error: ProtocolError;
  /** Where the frame's length says that the next one starts, while that is believed. */
  readonly nextOffset: number | undefined;
  /** No good frame starts between `offset` and here. */
  readonly searchedTo: number;
  /** True when the next frame is to be looked at before anything is searched for. */
  readonly followsFirst: boolean;
}

/** What `reopen` goes back to. */
interface EndMark {
  readonly windowOffset: number;
  readonly openFault: OpenFault | undefined;
  readonly wantedOffset: number;
}

/**
 * Cuts a stream of one framing and never stops at a bad frame while there is a good one behind it.
 *
 * After a bad CRC, or a length that can't be, it goes on where the declared length leads if a good frame or the end is there
 * (at most 8 bad frames may lie in between: each is a fault of its own); else at the next place with a frame whose CRC
 * holds. Holds at most about nine frames of the largest size and the last chunk; looks at each byte a bounded number of
 * times.
 */
export class FramedCutter implements StreamCutter {
  readonly #layout: FramedLayout;
  readonly #errorOfEnd: ProtocolDefinition["errorOfEnd"];
  readonly #window: ByteWindow = new ByteWindow();
  readonly #batch: FrameBatch = new FrameBatch();
  /** Where the bytes start that the batch scanned, in the stream. */
  #batchOffset = 0;
  /** What the next scan looks at. Twice what the last one used, or many faults would make it quadratic. */
  #scanBytes = MAX_SCAN_BYTES;
  #openFault: OpenFault | undefined;
  /** Nothing can be said before the stream is there up to this offset (or ended). */
  #wantedOffset = 0;
  #ended = false;
  #endMark: EndMark | undefined;
  frameOffset = 0;
  frameAt = 0;
  frameEnd = 0;
  fault: CutFault | undefined;

  constructor(layout: FramedLayout, errorOfEnd: ProtocolDefinition["errorOfEnd"]) {
    this.#layout = layout;
    this.#errorOfEnd = errorOfEnd;
  }

  get offset(): number {
    return this.#openFault?.searchedTo ?? this.#window.offset;
  }

  get buffer(): Uint8Array {
    return this.#window.buffer;
  }

  push(chunk: Uint8Array): void {
    this.#window.append(chunk);
  }

  finish(): void {
    this.#ended = true;
    const windowOffset = this.#window.offset;
    this.#endMark = { windowOffset, openFault: this.#openFault, wantedOffset: this.#wantedOffset };
  }

  reopen(): void {
    if (this.#endMark === undefined) return;
    const { windowOffset, openFault, wantedOffset } = this.#endMark;
    this.#batch.clear();
    this.#window.goBackTo(windowOffset);
    this.#openFault = openFault;
    this.#wantedOffset = wantedOffset;
    this.#ended = false;
    this.#endMark = undefined;
  }

  advance(): "frame" | "fault" | undefined {
    if (this.#batch.hasRow) return this.#fromBatch();
    const window = this.#window;
    if (!this.#ended && window.endOffset < this.#wantedOffset) return undefined;
    if (this.#openFault === undefined) {
      if (window.offset === window.endOffset) return undefined;
      if (this.#scan()) return this.#fromBatch();
      const { bytes, offset } = window;
      const probe = probeFrame(this.#layout.framing, bytes, 0);
      if (probe.status === "ok") return this.#frame(offset, probe.declaredBytes);
      if (probe.status === "short" && !this.#ended) return this.#wait(offset + probe.wantedBytes);
      this.#openFault = this.#open(offset, probe);
      if (probe.status === "crcMismatch") {
        const claimed = findClaimedFrames(this.#layout.framing, bytes.subarray(0, probe.declaredBytes));
        if (claimed >= 0) {
          this.fault = this.#close(this.#openFault, offset + claimed, "search");
          return "fault";
        }
      }
    }
    this.fault = this.#resume(this.#openFault);
    return this.fault === undefined ? undefined : "fault";
  }

  #wait(wantedOffset: number): undefined {
    this.#wantedOffset = wantedOffset;
  }

  /** Scans from the window's start; false if the first thing there is no good frame, or more than one scan takes. */
  #scan(): boolean {
    const { buffer, offset, endOffset } = this.#window;
    const at = this.#window.placeOf(offset);
    this.#batchOffset = offset;
    this.#batch.scan(this.#layout.framing, buffer.subarray(at, at + Math.min(endOffset - offset, this.#scanBytes)));
    if (this.#batch.hasRow && this.#batch.status === 0) return true;
    this.#batch.clear();
    this.#scanBytes = Math.min(2 * this.#scanBytes, MAX_SCAN_BYTES);
    return false;
  }

  #fromBatch(): "frame" | "fault" | undefined {
    const batch = this.#batch;
    const offset = this.#batchOffset + batch.offset;
    if (batch.status !== 0) {
      batch.clear();
      this.#scanBytes = Math.min(Math.max(2 * (offset - this.#batchOffset), MIN_SCAN_BYTES), MAX_SCAN_BYTES);
      return this.advance();
    }
    const { frameBytes } = batch;
    batch.advance();
    if (!batch.hasRow) this.#scanBytes = Math.min(2 * this.#scanBytes, MAX_SCAN_BYTES);
    return this.#frame(offset, frameBytes);
  }

  #frame(offset: number, frameBytes: number): "frame" {
    this.frameOffset = offset;
    this.frameAt = this.#window.placeOf(offset);
    this.frameEnd = this.frameAt + frameBytes;
    this.#window.dropTo(offset + frameBytes);
    return "frame";
  }

  #open(offset: number, probe: Exclude<FrameProbe, { status: "ok" }>): OpenFault {
    const searchedTo = offset + 1;
    if (probe.status === "short") {
      const error = this.#errorOfEnd(offset, this.#window.bytes.length);
      return { offset, error, nextOffset: undefined, searchedTo, followsFirst: false };
    }
    const { framing, errorOfScan } = this.#layout;
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
    const nextOffset = leadsOn ? offset + declaredBytes : undefined;
    // A frame that is too large is not held while its end is looked for: what lies inside it is searched on the way.
    return { offset, error: errorOfScan(scanned), nextOffset, searchedTo, followsFirst: isWhole };
  }

  /** Looks for the place where reading goes on, as far as the window reaches. */
  #resume(opened: OpenFault): CutFault | undefined {
    let fault = opened;
    for (;;) {
      const { nextOffset } = fault;
      if (nextOffset !== undefined && (fault.followsFirst || fault.searchedTo >= nextOffset)) {
        const found = this.#follow(fault, nextOffset);
        if (found !== "nowhere") return found;
        fault = this.#keep({ ...fault, nextOffset: undefined });
      }
      const found = this.#search(fault);
      if (typeof found !== "number") return found;
      fault = this.#keep({ ...fault, searchedTo: found });
      if (found !== fault.nextOffset) return undefined;
    }
  }

  #keep(fault: OpenFault): OpenFault {
    this.#openFault = fault;
    return fault;
  }

  /** Believes the declared length if it leads on. */
  #follow(fault: OpenFault, nextOffset: number): CutFault | "nowhere" | undefined {
    const { framing } = this.#layout;
    if (!fault.followsFirst) this.#window.dropTo(nextOffset);
    const { bytes, offset } = this.#window;
    const from = nextOffset - offset;
    const lead = followChain(framing, bytes, from, this.#ended);
    if (lead.type === "unknown") return this.#wait(offset + lead.wantedBytes);
    if (lead.type === "nowhere") return "nowhere";
    // The end is near and all of it here: an unfinished frame proves nothing, so a good one before it is believed first.
    const better = lead.type === "unfinished" ? findFrame(framing, bytes, fault.followsFirst ? 1 : from) : -1;
    return better < 0 ? this.#close(fault, nextOffset, "length") : this.#close(fault, offset + better, "search");
  }

  /**
   * Searches the window for a good frame, up to where the declared length leads if that is still believed. Returns the fault,
   * or how far there is none, or nothing when that takes more of the stream.
   */
  #search(fault: OpenFault): CutFault | number | undefined {
    const { framing } = this.#layout;
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
    const searchedTo = offset + starts;
    if (!isBounded) {
      if (this.#ended) return this.#close(fault, searchedTo, "nothing");
      this.#wait(searchedTo + 2 * wanted);
    }
    return searchedTo;
  }

  #close({ offset, error }: OpenFault, endOffset: number, resumedBy: ResumedBy): CutFault {
    this.#openFault = undefined;
    this.#window.dropTo(endOffset);
    return { offset, endOffset, error, resumedBy };
  }
}
