import type { FrameOutline, FrameOutliner } from "../definition.ts";
import { Direction } from "./direction.ts";
import { MESSAGE_TYPES } from "./row_fields.ts";

/** Outlines one direction of a stream. It refuses what the reader does, since both decode alike. */
export class ZmtpFrameOutliner implements FrameOutliner {
  readonly #direction: Direction;
  /** Counts messages of several parts: a number is all the name that they have. */
  #wholes: number;

  constructor(direction: Direction = new Direction(false), wholes = 0) {
    this.#direction = direction;
    this.#wholes = wholes;
  }

  outline(bytes: Uint8Array, at: number, end: number, into: FrameOutline): void {
    const decoded = this.#direction.take(bytes.subarray(at, end));
    into.typeIndex = MESSAGE_TYPES.indexOf(decoded.type);
    into.timeMs = Number.NaN;
    into.senderBytes = 0;
    into.part = undefined;
    if (decoded.type !== "message" || (decoded.partIndex === 0 && !decoded.isMore)) return;
    const { partIndex, isMore } = decoded;
    const begins = partIndex === 0;
    if (begins) this.#wholes++;
    const wholeId = `message ${this.#wholes}`;
    into.part = { wholeId, partIndex, partCount: partIndex + 1, begins, completes: !isMore };
  }

  fork(): ZmtpFrameOutliner {
    return new ZmtpFrameOutliner(this.#direction.fork(), this.#wholes);
  }
}
