import { CATALOGUE } from "../protocols/catalogue.ts";
import type { ProtocolDefinition, ReaderOptions } from "../protocols/definition.ts";
import type { CaptureFormat } from "./capture_format.ts";
import type { CaptureIndex } from "./capture_index.ts";
import type { CaptureStream } from "./capture_stream.ts";
import { WholeFileExtents } from "./file_extents.ts";
import { IndexBuilder, type IndexMark } from "./index_builder.ts";
import { openStreams } from "./packets/open_streams.ts";
import type { StreamEvent, StreamSource } from "./packets/stream_event.ts";
import { StreamIndexer } from "./stream_indexer.ts";

/** How a capture is indexed. */
export interface CaptureIndexerOptions {
  /** Decodes contents as well, so that the index has exactly the faults of `tidewire dump`: two to ten times the work. */
  readonly contents?: ReaderOptions;
  /** What streams are tried as; the kit's own by default. */
  readonly catalogue?: readonly ProtocolDefinition[];
}

/**
 * Makes the index of a capture, piece by piece. The index may be shown while it grows.
 *
 * Memory is what `CaptureIndex` says and, for each stream that is open, about nine frames of the largest size at most.
 *
 * @example
 * ```ts
 * const indexer = new CaptureIndexer({ container: "stream", protocol: "snapshot" });
 * for await (const chunk of file.stream()) indexer.push(chunk);
 * indexer.finish();
 * indexer.index.rows; // as many as `tidewire dump --json` prints lines
 * ```
 */
export class CaptureIndexer {
  readonly #builder: IndexBuilder = new IndexBuilder();
  readonly #streams: StreamSource;
  readonly #contents: ReaderOptions | undefined;
  /** The stretch that each open stream is in, and where the next one starts. */
  readonly #open: (OpenStream | undefined)[] = [];
  /** At most two: too many streams, and a place from which on there is nothing to read. */
  readonly #broken: (StreamEvent & { type: "broken" })[] = [];
  #endMark: IndexMark | undefined;
  #readBytes = 0;
  /** The stream that what is wrong with the file itself is shown on. */
  #fileStream: number | undefined;

  /** @throws ProtocolError as `openStreams` does */
  constructor(format: CaptureFormat, options: CaptureIndexerOptions = {}) {
    this.#streams = openStreams(format, options.catalogue ?? CATALOGUE);
    this.#contents = options.contents;
    this.#drain();
  }

  get index(): CaptureIndex {
    return this.#builder.index;
  }

  /** True when a file that had ended may be pushed more of; a packet capture is to be indexed anew. */
  get canReopen(): boolean {
    return this.#streams.canReopen;
  }

  /**
   * Takes the next piece of the file; the caller may reuse it. After `finish` the file has grown: the rows that its end had
   * made, an unfinished frame for one, are taken away again.
   *
   * @throws ProtocolError `inspect/not-reopenable` after `finish` where `canReopen` is false
   */
  push(chunk: Uint8Array): void {
    if (this.#endMark !== undefined) this.#reopen(this.#endMark);
    this.#readBytes += chunk.length;
    this.#streams.push(chunk);
    this.#drain();
  }

  /** The file ends here. */
  finish(): void {
    if (this.#endMark !== undefined) return;
    this.#endMark = this.#builder.mark();
    this.#streams.finish();
    this.#drain();
    for (const broken of this.#broken) this.#addBroken(broken);
  }

  #reopen(mark: IndexMark): void {
    this.#streams.reopen();
    this.#builder.cutTo(mark);
    for (const open of this.#open) open?.indexer?.reopen();
    this.#endMark = undefined;
  }

  #drain(): void {
    for (let event = this.#streams.next(); event !== undefined; event = this.#streams.next()) this.#take(event);
  }

  #take(event: StreamEvent): void {
    switch (event.type) {
      case "begin":
        this.#open[event.streamNumber] = { place: this.#builder.streams.push(event.stream) - 1, indexer: undefined };
        break;
      case "bytes":
        this.#takeBytes(event);
        break;
      case "hole":
        this.#takeHole(event);
        break;
      case "end": {
        this.#open[event.streamNumber]?.indexer?.finish(event.timeMs);
        // What may be reopened is kept.
        if (!this.#streams.canReopen) this.#open[event.streamNumber] = undefined;
        break;
      }
      case "broken":
        this.#broken.push(event);
        break;
    }
  }

  #takeBytes({ streamNumber, definition, offset, bytes, timeMs }: StreamEvent & { type: "bytes" }): void {
    const open = this.#open[streamNumber];
    if (open === undefined || definition === undefined) return;
    open.indexer ??= new StreamIndexer(this.#builder, {
      definition,
      streamNumber: open.place,
      offset,
      contents: this.#contents,
    });
    open.indexer.push(bytes, timeMs);
  }

  /** Ends the stretch; what comes behind the hole begins another. */
  #takeHole({ streamNumber, offset, endOffset, timeMs, error }: StreamEvent & { type: "hole" }): void {
    const open = this.#open[streamNumber];
    if (open === undefined) return;
    open.indexer?.finish(timeMs);
    open.indexer = undefined;
    this.#builder.addFault({
      ...{ streamNumber: open.place, offset, endOffset, timeMs, error },
      errorName: MISSING_BYTES,
      resumedBy: "hole",
      isHole: true,
    });
  }

  /** What can't be read of the file reaches to its end, so it is a row when that is there. */
  #addBroken({ offset, error }: StreamEvent & { type: "broken" }): void {
    const extents = new WholeFileExtents();
    extents.endOffset = this.#readBytes;
    const file: CaptureStream = {
      ...{ name: FILE_STREAM_NAME, definition: undefined, reason: "the file", opposite: undefined, extents },
    };
    this.#fileStream ??= this.#builder.streams.push(file) - 1;
    this.#builder.addFault({
      ...{ streamNumber: this.#fileStream, offset, endOffset: this.#readBytes, timeMs: Number.NaN, error },
      errorName: error.code,
      resumedBy: "nothing",
      isHole: false,
    });
  }
}

/** How rows name bytes that a packet capture lacks. */
export const MISSING_BYTES = "MISSING_BYTES";
/** How rows name the packet capture itself, where it is what is damaged. */
export const FILE_STREAM_NAME = "file";

interface OpenStream {
  /** Its number in the index. */
  readonly place: number;
  /** Of the stretch that it is in. */
  indexer: StreamIndexer | undefined;
}
