import { FrameScanner, findFrame } from "../../core/mod.ts";
import type { ReadableFile } from "../../ports/store_disk.ts";
import { SNAPSHOT_FRAMING } from "./wire.ts";

/** A reading step; four of the largest frames, so that few of them are cut by it. */
const WINDOW_BYTES: number = 4 * SNAPSHOT_FRAMING.maxFrameBytes;
/** What a step needs at least: a frame that one window cuts off is whole in the next. */
const MIN_WINDOW_BYTES: number = 2 * SNAPSHOT_FRAMING.maxFrameBytes;

/** Bytes of a file that are no frame, though they stand where one should begin. */
export interface Damage {
  readonly offset: number;
  /** Where the next whole frame begins, or the end of the file. */
  readonly endOffset: number;
  readonly reason: "crc-mismatch" | "bad-length" | "unfinished-frame";
}

/** What a scan calls as it goes, in the order of the file. */
export interface ScanVisitor {
  /** @param bytes the whole frame, its CRC checked; valid during the call only */
  frame(offset: number, bytes: Uint8Array): void;
  damage(damage: Damage): void;
}

/** How a run of frames ended. */
interface RunEnd {
  readonly offset: number;
  /** Nothing at the end of the file. */
  readonly reason: Damage["reason"] | undefined;
}

/**
 * Reads a capture file (spec §8) frame by frame, in little memory, and steps over what is damaged: after a bad frame it
 * goes on at the next place where a whole frame with a good CRC begins. Nothing that a length field claims is trusted
 * before that, since a flipped bit there would hide the frames behind it.
 */
export class CaptureScan {
  readonly #file: ReadableFile;
  readonly #fileBytes: number;
  readonly #visitor: ScanVisitor;
  readonly #window: Uint8Array;
  #position: number;

  /**
   * @param from where a frame begins
   * @param isFrugal takes smaller steps, in half a megabyte of memory instead of a whole one
   */
  constructor(file: ReadableFile, fileBytes: number, visitor: ScanVisitor, from = 0, isFrugal = false) {
    this.#file = file;
    this.#fileBytes = fileBytes;
    this.#visitor = visitor;
    this.#position = from;
    const windowBytes = isFrugal ? MIN_WINDOW_BYTES : WINDOW_BYTES;
    this.#window = new Uint8Array(Math.min(windowBytes, fileBytes - from));
  }

  /** Goes through the whole file; yields how far it is after each window, so that its caller can do the same. */
  async *run(): AsyncGenerator<number, void> {
    while (this.#position < this.#fileBytes) {
      const end = yield* this.#readRun();
      if (end.reason === undefined) return;
      const endOffset = await this.#resync(end.offset + 1);
      this.#visitor.damage({ offset: end.offset, endOffset, reason: end.reason });
      this.#position = endOffset;
    }
  }

  /** Frames from the position on, up to the first that is none. */
  async *#readRun(): AsyncGenerator<number, RunEnd> {
    const begin = this.#position;
    const scanner = new FrameScanner(SNAPSHOT_FRAMING);
    for (let at = begin; at < this.#fileBytes; ) {
      const count = await this.#read(at);
      if (count === 0) break;
      at += count;
      scanner.push(this.#window.subarray(0, count));
      for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
        const offset = begin + frame.offset;
        if (frame.status === "crcMismatch") return { offset, reason: "crc-mismatch" };
        if (frame.status !== "ok") return { offset, reason: "bad-length" };
        this.#visitor.frame(offset, frame.bytes);
      }
      yield at;
    }
    const unfinished = scanner.finish();
    if (unfinished === undefined) return { offset: this.#fileBytes, reason: undefined };
    return { offset: begin + unfinished.offset, reason: "unfinished-frame" };
  }

  /** Where the first whole frame at or after `from` begins; the end of the file if there is none. */
  async #resync(from: number): Promise<number> {
    for (let at = from; at < this.#fileBytes; ) {
      const count = await this.#read(at);
      const found = findFrame(SNAPSHOT_FRAMING, this.#window.subarray(0, count), 0);
      if (found >= 0) return at + found;
      if (at + count >= this.#fileBytes) break;
      // A frame that the window cuts off is looked at again in the next one.
      at += count - SNAPSHOT_FRAMING.maxFrameBytes + 1;
    }
    return this.#fileBytes;
  }

  async #read(offset: number): Promise<number> {
    const left = Math.min(this.#window.length, this.#fileBytes - offset);
    return await this.#file.readAt(offset, this.#window.subarray(0, left));
  }
}
