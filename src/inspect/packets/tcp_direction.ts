import type { TcpSegment } from "./tcp_segment.ts";

/** Bytes that came before others that belong in front of them: as many as a receiver's window may hold. */
const MAX_WAITING_BYTES = 4_194_304;
/** And in how many segments: small ones cost more than their bytes. */
const MAX_WAITING_SEGMENTS = 4_096;
/** A sequence number this far away from where the stream is belongs to another connection, or to none. */
const MAX_JUMP_BYTES = 1_073_741_824;

/** A run of a direction's bytes, in order, or how many of them the capture lacks. */
export type DirectionRun =
  | {
      readonly type: "bytes";
      readonly offset: number;
      readonly bytes: Uint8Array;
      readonly fileOffset: number;
      readonly timeMs: number;
    }
  | { readonly type: "hole"; readonly offset: number; readonly endOffset: number; readonly timeMs: number };

/** A run that waits for what comes before it. */
interface WaitingRun {
  /** In the stream. */
  readonly offset: number;
  /** A copy. */
  readonly bytes: Uint8Array;
  readonly fileOffset: number;
}

/**
 * Puts one direction of a TCP connection in order (RFC 9293 §3.10.7.4): what is repeated is dropped, of what overlaps the
 * first is kept, and what comes too early waits. When more waits than a window may hold, what is missing is a hole.
 */
export class TcpDirection {
  /** The sequence number that stands at `#offset`; nothing before the first segment. */
  #sequence: number | undefined;
  /** The stream is there up to here. */
  #offset = 0;
  /** By offset. */
  readonly #waiting: WaitingRun[] = [];
  #waitingBytes = 0;
  #endOffset: number | undefined;

  /** Bytes that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** True when all up to its end is there. */
  get isDone(): boolean {
    return this.#endOffset !== undefined && this.#offset >= this.#endOffset;
  }

  /** True for a segment that opens another connection between the same ports. */
  isAnew({ isSyn, sequence }: TcpSegment): boolean {
    return isSyn && this.#offset > 0 && this.#offsetOf(sequence + 1) !== 0;
  }

  /** Takes a segment and returns what is in order now. */
  take(segment: TcpSegment): DirectionRun[] {
    const { isSyn, isFin, payload, fileOffset, timeMs } = segment;
    // A SYN takes a place in the sequence.
    const first = (segment.sequence + (isSyn ? 1 : 0)) >>> 0;
    // Of several attempts to open, the last is the one that data follows.
    if (isSyn && this.#offset === 0 && this.#waiting.length === 0) this.#sequence = first;
    this.#sequence ??= first;
    const offset = this.#offsetOf(first);
    if (Math.abs(offset - this.#offset) > MAX_JUMP_BYTES) return [];
    if (isFin) this.#endOffset = offset + payload.length;
    const end = offset + payload.length;
    if (payload.length === 0 || end <= this.#offset) return [];
    if (offset > this.#offset) {
      this.#hold({ offset, bytes: payload.slice(), fileOffset });
      if (this.#waitingBytes <= MAX_WAITING_BYTES && this.#waiting.length <= MAX_WAITING_SEGMENTS) return [];
      return this.#skipHole(timeMs);
    }
    const known = this.#offset - offset;
    const runs: DirectionRun[] = [this.#run(payload.subarray(known), fileOffset + known, timeMs)];
    this.#takeWaiting(runs, timeMs);
    return runs;
  }

  /** What still waits when no more comes, with the holes in it. */
  flush(timeMs: number): DirectionRun[] {
    const runs: DirectionRun[] = [];
    while (this.#waiting.length > 0) runs.push(...this.#skipHole(timeMs));
    return runs;
  }

  /** Where a sequence number stands in the stream: numbers are 32 bits wide and go round. */
  #offsetOf(sequence: number): number {
    return this.#offset + ((sequence - this.#sequence! - this.#offset) | 0);
  }

  #run(bytes: Uint8Array, fileOffset: number, timeMs: number): DirectionRun {
    const offset = this.#offset;
    this.#offset += bytes.length;
    return { type: "bytes", offset, bytes, fileOffset, timeMs };
  }

  #hold(run: WaitingRun): void {
    let place = this.#waiting.length;
    while (place > 0 && this.#waiting[place - 1]!.offset > run.offset) place--;
    this.#waiting.splice(place, 0, run);
    this.#waitingBytes += run.bytes.length;
  }

  #takeWaiting(runs: DirectionRun[], timeMs: number): void {
    let taken = 0;
    for (const { offset, bytes, fileOffset } of this.#waiting) {
      if (offset > this.#offset) break;
      taken++;
      this.#waitingBytes -= bytes.length;
      const known = this.#offset - offset;
      if (known < bytes.length) runs.push(this.#run(bytes.subarray(known), fileOffset + known, timeMs));
    }
    this.#waiting.splice(0, taken);
  }

  #skipHole(timeMs: number): DirectionRun[] {
    const endOffset = this.#waiting[0]!.offset;
    const runs: DirectionRun[] = [{ type: "hole", offset: this.#offset, endOffset, timeMs }];
    this.#offset = endOffset;
    this.#takeWaiting(runs, timeMs);
    return runs;
  }
}
