import { crc32 } from "./core.ts";
import { FrameBatch } from "./frame_batch.ts";
import { checkFraming, crcCovered, declaredFrameBytes, type Framing, headBytes, storedCrc } from "./framing.ts";
import { loadKernels } from "./kernels.ts";
import { ProtocolError } from "./protocol_error.ts";
import { TailCarry } from "./tail_carry.ts";

/**
 * What a scan says of a frame. `tooLarge` and `tooSmall` are said as soon as the length field is there: nothing of such a
 * frame is buffered.
 */
export type FrameStatus = "ok" | "crcMismatch" | "tooLarge" | "tooSmall";

/** One frame of a stream, or the refusal of one. */
export interface ScannedFrame {
  readonly status: FrameStatus;
  /** Where the frame starts in the stream. */
  readonly offset: number;
  /**
   * The whole frame; empty for `tooLarge` and `tooSmall`. A view on the chunk that was pushed where the frame lies whole in
   * it, else on a copy of its own.
   */
  readonly bytes: Uint8Array;
  /** Size of the whole frame as its length field declares it. */
  readonly declaredBytes: number;
  /** The CRC that the frame carries; 0 where the framing has none or the frame is refused by its length. */
  readonly storedCrc: number;
  /** The CRC that the frame should carry; 0 as above. */
  readonly computedCrc: number;
  /** True when the stream has no boundaries after this: nothing more comes out of it. */
  readonly fatal: boolean;
}

/** The start of a frame whose end never came. */
export interface UnfinishedFrame {
  /** Where it starts in the stream. */
  readonly offset: number;
  /** What there is of it. */
  readonly bytes: Uint8Array;
}

const STATUSES: readonly FrameStatus[] = ["ok", "crcMismatch", "tooLarge", "tooSmall"];
const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * Cuts a stream into frames. Takes chunks of any size and gives the same frames however the stream is chunked. Holds at
 * most the bytes of one unfinished frame, and none while there isn't one.
 *
 * @example
 * ```ts
 * import { FrameScanner, LENGTH_BODY_CRC } from "tidewire/core";
 * const scanner = new FrameScanner(LENGTH_BODY_CRC);
 * scanner.push(Uint8Array.of(0, 0, 0, 1, 0x61)); // a body of one byte, "a"; its CRC is still on the way
 * console.log(scanner.next()); // undefined
 * scanner.push(Uint8Array.of(0x43, 0xbe, 0xb7, 0xe8));
 * console.log(scanner.next()?.status); // ok
 * console.log(scanner.next()); // undefined
 * ```
 */
export class FrameScanner {
  readonly #framing: Framing;
  readonly #headBytes: number;
  readonly #batch: FrameBatch = new FrameBatch();
  readonly #carry: TailCarry = new TailCarry();
  #chunk: Uint8Array = NO_BYTES;
  /** Where scanning goes on in the chunk. */
  #at = 0;
  /** Where the chunk starts in the stream. */
  #chunkOffset = 0;
  /** Where the bytes start that the batch scanned, in the chunk. */
  #batchAt = 0;
  /** What is left of a frame that is too large. */
  #skipBytes = 0;
  #failed = false;

  /** @throws ProtocolError `core/framing-unusable`, side `local`. */
  constructor(framing: Framing) {
    checkFraming(framing);
    this.#framing = framing;
    this.#headBytes = headBytes(framing);
  }

  /** Bytes held of an unfinished frame. */
  get carriedBytes(): number {
    return this.#carry.bytesHeld;
  }

  /** Whether the next byte begins a frame; to be asked once {@linkcode next} has returned undefined. */
  get isBetweenFrames(): boolean {
    return this.#carry.bytesHeld === 0 && this.#skipBytes === 0 && !this.#failed;
  }

  /** Bytes pushed so far. */
  get streamOffset(): number {
    return this.#chunkOffset + this.#chunk.length;
  }

  /**
   * Takes the next chunk of the stream. It must stay unchanged until {@linkcode next} has returned undefined.
   *
   * @throws ProtocolError `core/scanner-not-drained`, side `local`, if that was not so for the chunk before.
   */
  push(chunk: Uint8Array): void {
    if (this.#at < this.#chunk.length && !this.#failed) {
      throw new ProtocolError({
        code: "core/scanner-not-drained",
        side: "local",
        offset: this.#chunkOffset + this.#at,
        found: `${this.#chunk.length - this.#at} bytes of the chunk before that are not yet scanned`,
        expected: "next() to have returned undefined before another push()",
      });
    }
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
    if (this.#failed) this.#dropChunk();
  }

  /** The next frame, in the order of the stream; undefined when the chunk has no more to give. */
  next(): ScannedFrame | undefined {
    if (this.#batch.hasRow) return this.#fromBatch();
    while (this.#at < this.#chunk.length) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, this.#chunk.length - this.#at);
        this.#skipBytes -= skipped;
        this.#at += skipped;
        continue;
      }
      const frame = this.#carry.bytesHeld > 0 ? this.#fromCarry() : this.#fromChunk();
      if (frame !== undefined) return frame;
    }
    this.#dropChunk();
    return undefined;
  }

  /** At the end of the stream: the unfinished frame there, if there is one. */
  finish(): UnfinishedFrame | undefined {
    const bytes = this.#carry.bytes;
    return bytes.length === 0 ? undefined : { offset: this.streamOffset - bytes.length, bytes };
  }

  /** Lets go of the chunk: an idle scanner holds nothing of the host's. */
  #dropChunk(): void {
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = NO_BYTES;
    this.#at = 0;
  }

  #fromBatch(): ScannedFrame {
    const batch = this.#batch;
    const at = this.#batchAt + batch.offset;
    const { frameBytes, status, storedCrc, computedCrc } = batch;
    batch.advance();
    if (frameBytes === 0) return this.#refuse(declaredFrameBytes(this.#framing, this.#chunk, at), at);
    this.#at = at + frameBytes;
    return {
      status: STATUSES[status]!,
      offset: this.#chunkOffset + at,
      bytes: this.#chunk.subarray(at, this.#at),
      declaredBytes: frameBytes,
      storedCrc,
      computedCrc,
      fatal: false,
    };
  }

  /** At a frame's start with nothing carried: scans all that can be, or carries the unfinished rest. */
  #fromChunk(): ScannedFrame | undefined {
    const left = this.#chunk.length - this.#at;
    if (left < this.#headBytes) return this.#carryRest(0);
    const declared = declaredFrameBytes(this.#framing, this.#chunk, this.#at);
    if (this.#isRefused(declared)) return this.#refuse(declared, this.#at);
    if (left < declared) return this.#carryRest(declared);
    const kernels = loadKernels();
    if (declared > kernels.stagingBytes) {
      this.#at += declared;
      return this.#whole(this.#chunk.subarray(this.#at - declared, this.#at), this.#at);
    }
    const rest = this.#at === 0 ? this.#chunk : this.#chunk.subarray(this.#at);
    this.#batchAt = this.#at;
    this.#batch.scan(
      this.#framing,
      rest.length <= kernels.stagingBytes ? rest : rest.subarray(0, kernels.stagingBytes),
    );
    return this.#fromBatch();
  }

  /** Takes the rest of the chunk into the carry. `declared` is 0 while the length field isn't whole. */
  #carryRest(declared: number): undefined {
    this.#carry.expect(declared === 0 ? this.#headBytes : declared);
    this.#at += this.#carry.append(this.#chunk, this.#at);
  }

  /** Goes on with the frame that an earlier chunk began. */
  #fromCarry(): ScannedFrame | undefined {
    const carry = this.#carry;
    if (carry.bytesHeld < this.#headBytes) {
      this.#at += carry.append(this.#chunk, this.#at);
      if (carry.bytesHeld < this.#headBytes) return undefined;
      const declared = declaredFrameBytes(this.#framing, carry.bytes, 0);
      if (this.#isRefused(declared)) {
        const startAt = this.#at - carry.take().length;
        return this.#refuse(declared, startAt, this.#at - startAt);
      }
      carry.expect(declared);
    }
    this.#at += carry.append(this.#chunk, this.#at);
    return carry.isWhole ? this.#whole(carry.take(), this.#at) : undefined;
  }

  /** A whole frame that ends at `endAt` of the chunk and that the kernel hasn't seen. */
  #whole(bytes: Uint8Array, endAt: number): ScannedFrame {
    const hasCrc = this.#framing.crcBytes !== 0;
    const stored = hasCrc ? storedCrc(this.#framing, bytes) : 0;
    const computed = hasCrc ? crc32(crcCovered(this.#framing, bytes)) : 0;
    return {
      status: stored === computed ? "ok" : "crcMismatch",
      offset: this.#chunkOffset + endAt - bytes.length,
      bytes,
      declaredBytes: bytes.length,
      storedCrc: stored,
      computedCrc: computed,
      fatal: false,
    };
  }

  #isRefused(declared: number): boolean {
    return declared > this.#framing.maxFrameBytes || declared < this.#framing.minFrameBytes;
  }

  /** The frame that starts at `startAt` of the chunk has a length that can't be; `takenBytes` of it are read already. */
  #refuse(declared: number, startAt: number, takenBytes = 0): ScannedFrame {
    const { minFrameBytes, maxSkipBytes, lengthAdds } = this.#framing;
    const tooSmall = declared < minFrameBytes;
    const fatal = tooSmall || declared - lengthAdds > maxSkipBytes;
    const offset = this.#chunkOffset + startAt;
    if (fatal) {
      this.#failed = true;
      this.#dropChunk();
    } else {
      this.#at = startAt + takenBytes;
      this.#skipBytes = declared - takenBytes;
    }
    return {
      status: tooSmall ? "tooSmall" : "tooLarge",
      offset,
      bytes: NO_BYTES,
      declaredBytes: declared,
      storedCrc: 0,
      computedCrc: 0,
      fatal,
    };
  }
}
