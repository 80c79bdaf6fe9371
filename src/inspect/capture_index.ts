/** What a capture holds, row by row, in at most 32 bytes each. */
import type { ProtocolError } from "../core/mod.ts";
import type { CaptureFault } from "./capture_reader.ts";
import type { CaptureStream } from "./capture_stream.ts";
import type { RowColumns } from "./row_columns.ts";

/** What stands in a row. */
export const ROW_STATUS: {
  /** A frame that is a message. */
  readonly message: 0;
  /** A frame that is a part of one; `link` is its group. */
  readonly part: 1;
  /** The part after which the whole was there; `link` is its group. */
  readonly lastPart: 2;
  /** Bytes that can't be decoded; `link` is its fault. */
  readonly fault: 3;
  /** Bytes of a connection that are not in the packet capture; `link` is its fault. */
  readonly hole: 4;
} = { message: 0, part: 1, lastPart: 2, fault: 3, hole: 4 };

/** Something that could not be decoded; the row stands where `offset` is. */
export interface IndexedFault {
  readonly row: number;
  /** As a row's `error` names it. */
  readonly errorName: string;
  /** Where reading went on, in the stream. */
  readonly endOffset: number;
  readonly resumedBy: CaptureFault["resumedBy"];
  /** What was found and expected; of the first 65,536 faults only, the others tell it when their row is read. */
  readonly error: ProtocolError | undefined;
}

/** A message whose frames are rows of their own. */
export interface PartGroup {
  readonly wholeId: string;
  readonly senderNumber: number;
  readonly partCount: number;
  /** The rows of its frames in their order, repeated ones as well: what a reader needs to put it together. */
  readonly rows: readonly number[];
  /** Which part each of `rows` is, from 0. What is not among them is a hole. */
  readonly partIndexes: readonly number[];
  /** The row after which it was whole. */
  readonly completedBy: number | undefined;
}

/** Errors that are kept with what they say: about 40 MB at most. */
export const MAX_KEPT_ERRORS = 65_536;
/** The number of a 16-bit column that stands for all that have none of their own. */
export const NO_NUMBER = 65_535;

/** What an index is made of; whoever fills it shares it with the index that reads it. Not public. */
export interface IndexContents {
  readonly columns: RowColumns;
  readonly types: readonly string[];
  readonly senders: readonly string[];
  readonly streams: readonly CaptureStream[];
  readonly faults: readonly IndexedFault[];
  readonly groups: readonly PartGroup[];
  readonly growth: IndexGrowth;
}

/** What becomes of an index when a file that had ended grows. */
export interface IndexGrowth {
  /** Rows that stay; infinite while the file has not ended. */
  settledRows: number;
  /** How often rows were taken away. */
  cuts: number;
}

/**
 * The rows of a capture, in the order in which a receiver would have had them. It grows while it is shown; `rows` never
 * shrinks except when a file that had ended grows (`CaptureIndexer`).
 *
 * @example
 * ```ts
 * const indexer = new CaptureIndexer({ container: "stream", protocol: "snapshot" });
 * indexer.push(new Uint8Array([0xff, 0xff]));
 * indexer.finish();
 * indexer.index.fault(0)?.errorName; // "TRUNCATED"
 * ```
 */
export class CaptureIndex {
  readonly #columns: RowColumns;
  readonly #contents: IndexContents;

  /** @param contents as `CaptureIndexer` fills them */
  constructor(contents: IndexContents) {
    this.#contents = contents;
    this.#columns = contents.columns;
  }

  get rows(): number {
    return this.#columns.rows;
  }

  /** Rows that stay when the file grows: those behind them were made by its end. */
  get settledRows(): number {
    return Math.min(this.rows, this.#contents.growth.settledRows);
  }

  /** How often the rows behind `settledRows` were taken away, because a file that had ended has grown. */
  get cuts(): number {
    return this.#contents.growth.cuts;
  }

  /** Memory that the rows take; what stands beside them (faults, groups, extents of packets) comes on top. */
  get heldBytes(): number {
    return this.#columns.heldBytes;
  }

  /** Names of message types, by `typeNumber`. */
  get types(): readonly string[] {
    return this.#contents.types;
  }

  /** Who sent, by `senderNumber`; at most 65,535, the frames of more have {@linkcode NO_NUMBER}. */
  get senders(): readonly string[] {
    return this.#contents.senders;
  }

  /** By `streamNumber`. A file that is one stream has one. */
  get streams(): readonly CaptureStream[] {
    return this.#contents.streams;
  }

  /** In the order of their rows, except those that a later look at contents found: they come last. */
  get faults(): readonly IndexedFault[] {
    return this.#contents.faults;
  }

  /** In the order of their first rows. */
  get groups(): readonly PartGroup[] {
    return this.#contents.groups;
  }

  /** Where the row starts in its stream. */
  offset(row: number): number {
    return this.#columns.offset(row);
  }

  /** Size of the frame, or of what was given up; 2^32 - 1 where that is more. */
  bytes(row: number): number {
    return this.#columns.bytes(row);
  }

  /** When it was sent, UTC; when its last packet was captured where it does not say; NaN if neither is known. */
  timeMs(row: number): number {
    return this.#columns.timeMs(row);
  }

  /** Place in {@linkcode types}; 255 for faults and holes. */
  typeNumber(row: number): number {
    return this.#columns.typeNumber(row);
  }

  /** A value of {@linkcode ROW_STATUS}. */
  status(row: number): number {
    return this.#columns.status(row);
  }

  /** Place in {@linkcode senders}; {@linkcode NO_NUMBER} where none is named. */
  senderNumber(row: number): number {
    return this.#columns.senderNumber(row);
  }

  /** Place in {@linkcode streams}. */
  streamNumber(row: number): number {
    return this.#columns.streamNumber(row);
  }

  /** What is wrong with the row; undefined for a message or part. */
  fault(row: number): IndexedFault | undefined {
    const status = this.status(row);
    if (status !== ROW_STATUS.fault && status !== ROW_STATUS.hole) return undefined;
    return this.#contents.faults[this.#columns.link(row)];
  }

  /** What the row is a part of; undefined for any other. */
  group(row: number): PartGroup | undefined {
    const status = this.status(row);
    if (status !== ROW_STATUS.part && status !== ROW_STATUS.lastPart) return undefined;
    return this.#contents.groups[this.#columns.link(row)];
  }
}
