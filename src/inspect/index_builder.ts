/** Fills an index; `CaptureIndex` reads what is filled in here. */
import type { ProtocolError } from "../core/mod.ts";
import type { FrameOutline, ProtocolDefinition } from "../protocols/definition.ts";
import {
  CaptureIndex,
  type IndexedFault,
  type IndexGrowth,
  MAX_KEPT_ERRORS,
  NO_NUMBER,
  ROW_STATUS,
} from "./capture_index.ts";
import type { CaptureStream } from "./capture_stream.ts";
import { PartGroups } from "./part_groups.ts";
import { RowColumns, type RowValues } from "./row_columns.ts";
import { SenderTable } from "./sender_table.ts";

/** The type of rows that are no frame. */
export const NO_TYPE = 255;
const MAX_COLUMN_BYTES = 0xffff_ffff;

/** How far an index was at some time. */
export interface IndexMark {
  readonly rows: number;
  readonly faults: number;
  readonly groups: number;
}

/** What a fault row is made of. */
export interface FaultRow {
  readonly streamNumber: number;
  readonly offset: number;
  readonly endOffset: number;
  /** When its last packet came in, where that is known. */
  readonly timeMs: number;
  readonly errorName: string;
  readonly error: ProtocolError;
  readonly resumedBy: IndexedFault["resumedBy"];
  /** True for bytes that a packet capture lacks. */
  readonly isHole: boolean;
}

/** Adds rows to an index. */
export class IndexBuilder {
  readonly columns: RowColumns = new RowColumns();
  readonly types: string[] = [];
  readonly streams: CaptureStream[] = [];
  readonly faults: IndexedFault[] = [];
  readonly index: CaptureIndex;
  readonly #growth: IndexGrowth = { settledRows: Number.POSITIVE_INFINITY, cuts: 0 };
  readonly #senders: SenderTable = new SenderTable();
  readonly #parts: PartGroups = new PartGroups();
  /** Filled again for each row. */
  readonly #values: RowValues = {
    offset: 0,
    bytes: 0,
    timeMs: 0,
    typeNumber: 0,
    status: 0,
    senderNumber: 0,
    streamNumber: 0,
    link: 0,
  };

  constructor() {
    const { columns, types, streams, faults } = this;
    const senders = this.#senders.names;
    const { groups } = this.#parts;
    this.index = new CaptureIndex({ columns, types, streams, faults, senders, groups, growth: this.#growth });
  }

  /** The numbers of a protocol's message types, in their order. */
  typeNumbersOf({ messageTypes }: ProtocolDefinition): Uint8Array {
    return Uint8Array.from(messageTypes, (name) => {
      const known = this.types.indexOf(name);
      // More types than a column can tell apart are shown as none.
      return known >= 0 ? known : Math.min(this.types.push(name) - 1, NO_TYPE);
    });
  }

  /** A frame that lies in `buffer` where its outline says. */
  addFrame(
    streamNumber: number,
    offset: number,
    frameBytes: number,
    buffer: Uint8Array,
    { timeMs, senderAt, senderBytes, part }: FrameOutline,
    typeNumber: number,
  ): void {
    const values = this.#values;
    values.offset = offset;
    values.bytes = frameBytes;
    values.timeMs = timeMs;
    values.typeNumber = typeNumber;
    values.senderNumber = this.#senders.numberOf(buffer, senderAt, senderBytes);
    values.streamNumber = streamNumber;
    values.status = ROW_STATUS.message;
    values.link = 0;
    if (part !== undefined) {
      values.status = part.completes ? ROW_STATUS.lastPart : ROW_STATUS.part;
      values.link = this.#parts.add(this.columns.rows, streamNumber, values.senderNumber, part);
    }
    this.columns.add(values);
  }

  addFault({ streamNumber, offset, endOffset, timeMs, errorName, error, resumedBy, isHole }: FaultRow): void {
    const values = this.#values;
    values.offset = offset;
    values.bytes = Math.min(endOffset - offset, MAX_COLUMN_BYTES);
    values.timeMs = timeMs;
    values.typeNumber = NO_TYPE;
    values.senderNumber = NO_NUMBER;
    values.streamNumber = streamNumber;
    values.status = isHole ? ROW_STATUS.hole : ROW_STATUS.fault;
    values.link = this.faults.length;
    const kept = this.faults.length < MAX_KEPT_ERRORS ? error : undefined;
    this.faults.push({ row: this.columns.rows, errorName, endOffset, resumedBy, error: kept });
    this.columns.add(values);
  }

  /** The rows from here on are those of the file's end. */
  mark(): IndexMark {
    this.#growth.settledRows = this.columns.rows;
    return { rows: this.columns.rows, faults: this.faults.length, groups: this.#parts.groups.length };
  }

  /** Takes away everything that was added since. */
  cutTo({ rows, faults, groups }: IndexMark): void {
    this.columns.cutTo(rows);
    this.faults.length = faults;
    this.#parts.cutTo(rows, groups);
    this.#growth.settledRows = Number.POSITIVE_INFINITY;
    this.#growth.cuts++;
  }
}
