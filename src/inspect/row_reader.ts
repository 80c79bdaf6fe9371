import { ProtocolError } from "../core/mod.ts";
import type { FrameReader, FrameRow, ProtocolDefinition } from "../protocols/definition.ts";
import { ROW_STATUS } from "./capture_index.ts";
import { rowPlace } from "./capture_row.ts";
import { ReadAhead } from "./read_ahead.ts";
import { type IndexedCapture, readRow } from "./read_row.ts";
import { readStreamBytes } from "./source_bytes.ts";

/** A row and the bytes that it was read from: a view on what was read ahead, valid until the next read. */
export interface ReadRow {
  /** As `dump --json` has it: with `error` for what can't be decoded. */
  readonly row: FrameRow;
  readonly bytes: Uint8Array;
  /** What is wrong, as far as it is known. */
  readonly error: ProtocolError | undefined;
}

/**
 * Reads the rows of many frames, best in their order, and nothing but the rows: no field tree, few reads of the source.
 *
 * @example
 * ```ts
 * const rows = new RowReader(capture);
 * for (let row = 0; row < capture.index.rows; row++) show((await rows.read(row)).row);
 * ```
 */
export class RowReader {
  readonly #capture: IndexedCapture;
  /** Readers for frames that are messages by themselves; parts leave something behind in theirs. */
  readonly #readers = new Map<ProtocolDefinition, FrameReader>();

  constructor(capture: IndexedCapture) {
    this.#capture = { ...capture, source: new ReadAhead(capture.source) };
  }

  /** Rejects as the source does. */
  async read(row: number): Promise<ReadRow> {
    const { index, source, options } = this.#capture;
    const stream = index.streams[index.streamNumber(row)]!;
    const { definition } = stream;
    // A reader of a staged stream has to know which stage a frame is of: it is made anew, and told.
    const isMessage = index.status(row) === ROW_STATUS.message && definition?.layout.type === "framed";
    if (!isMessage) return readRow(this.#capture, row);
    const offset = index.offset(row);
    const bytes = await readStreamBytes(source, stream, offset, index.bytes(row));
    let reader = this.#readers.get(definition);
    if (reader === undefined) {
      reader = definition.createReader(options);
      this.#readers.set(definition, reader);
    }
    try {
      return { row: { ...rowPlace(stream.name, offset), ...reader.read(bytes) }, bytes, error: undefined };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { row: { ...rowPlace(stream.name, offset), error: definition.errorNameOf(error) }, bytes, error };
    }
  }
}
