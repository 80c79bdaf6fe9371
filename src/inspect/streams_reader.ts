import { CATALOGUE } from "../protocols/catalogue.ts";
import type { ProtocolDefinition, ReaderOptions } from "../protocols/definition.ts";
import { SNAPSHOT_PROTOCOL } from "../protocols/snapshot/protocol.ts";
import type { CaptureFormat } from "./capture_format.ts";
import { FILE_STREAM_NAME, MISSING_BYTES } from "./capture_indexer.ts";
import { type CaptureItem, CaptureReader } from "./capture_reader.ts";
import { openStreams } from "./packets/open_streams.ts";
import type { StreamEvent, StreamSource } from "./packets/stream_event.ts";

/** Which stream of a capture an item is of. */
export interface ItemOrigin {
  /** As `CaptureStream` has it: empty for the file itself. */
  readonly stream: string;
  readonly definition: ProtocolDefinition | undefined;
  /** When the item's last byte was captured; NaN if that isn't known. */
  readonly timeMs: number;
}

/** The origin of whatever is read without any: a file of the snapshot protocol. */
export const FILE_ORIGIN: ItemOrigin = { stream: "", definition: SNAPSHOT_PROTOCOL, timeMs: Number.NaN };

/** True for rows that are those of the snapshot protocol; others may have types of the same names. */
export function isSnapshotProtocol(definition: ProtocolDefinition | undefined): boolean {
  return definition?.name === SNAPSHOT_PROTOCOL.name;
}

/** An item, and where it is from. */
export interface OriginatedItem {
  readonly item: CaptureItem;
  readonly origin: ItemOrigin;
}

/** A stream whose end hasn't come. */
interface OpenStream {
  readonly name: string;
  /** Where the stretch begins that is being read: behind the last hole. */
  start: number;
  definition: ProtocolDefinition | undefined;
  reader: CaptureReader | undefined;
}

/**
 * Reads a capture of any format, item by item, in the order of `CaptureIndex`. `CaptureReader` reads one stream; this reads
 * all that a file holds.
 *
 * @example
 * ```ts
 * const reader = new StreamsReader({ container: "pcap", protocol: undefined }, { compressor: undefined });
 * reader.push(bytes);
 * reader.finish();
 * reader.next()?.origin.stream; // "10.0.0.1:40000 > 10.0.0.2:7400"
 * ```
 */
export class StreamsReader {
  readonly #options: ReaderOptions;
  readonly #streams: StreamSource;
  readonly #open: (OpenStream | undefined)[] = [];
  readonly #broken: (StreamEvent & { type: "broken" })[] = [];
  /** What comes before anything else that is read. */
  readonly #waiting: OriginatedItem[] = [];
  /** The stream that the last event was of. */
  #current: OpenStream | undefined;
  #timeMs = Number.NaN;
  #readBytes = 0;
  #ended = false;

  /** @throws ProtocolError as `openStreams` does */
  constructor(format: CaptureFormat, options: ReaderOptions, catalogue: readonly ProtocolDefinition[] = CATALOGUE) {
    this.#options = options;
    this.#streams = openStreams(format, catalogue);
  }

  /** Takes the next piece of the file; `next` must have given nothing before. */
  push(chunk: Uint8Array): void {
    this.#readBytes += chunk.length;
    this.#streams.push(chunk);
  }

  /** The file ends here. */
  finish(): void {
    this.#ended = true;
    this.#streams.finish();
  }

  /** The next item, valid until the next call; undefined when that takes more of the file, or when there is no more. */
  next(): OriginatedItem | undefined {
    for (;;) {
      const found = this.#fromCurrent();
      if (found !== undefined) return found;
      if (this.#waiting.length > 0) return this.#waiting.shift();
      const event = this.#streams.next();
      if (event !== undefined) this.#take(event);
      else if (!this.#ended || this.#broken.length === 0) return undefined;
      else this.#waiting.push(this.#brokenItem(this.#broken.shift()!));
    }
  }

  #fromCurrent(): OriginatedItem | undefined {
    const current = this.#current;
    const item = current?.reader?.next();
    if (current === undefined || item === undefined) return undefined;
    const offset = current.start + item.offset;
    const origin = { stream: current.name, definition: current.definition, timeMs: this.#timeMs };
    if (item.type === "frame") return { item: { ...item, offset }, origin };
    return { item: { ...item, offset, endOffset: current.start + item.endOffset }, origin };
  }

  #take(event: StreamEvent): void {
    if (event.type === "broken") {
      this.#broken.push(event);
      return;
    }
    if (event.type === "begin") {
      const { name } = event.stream;
      this.#open[event.streamNumber] = { name, start: 0, definition: undefined, reader: undefined };
      return;
    }
    const open = this.#open[event.streamNumber]!;
    this.#current = open;
    this.#timeMs = event.timeMs;
    if (event.type === "bytes") this.#takeBytes(open, event);
    else {
      open.reader?.finish();
      if (event.type === "end") this.#open[event.streamNumber] = undefined;
      else this.#takeHole(open, event);
    }
  }

  #takeBytes(open: OpenStream, { definition, bytes, offset }: StreamEvent & { type: "bytes" }): void {
    if (definition === undefined) return;
    if (open.reader === undefined) {
      open.definition = definition;
      open.start = offset;
      open.reader = new CaptureReader(definition, this.#options);
    }
    open.reader.push(bytes);
  }

  /** Ends the stretch; what comes behind the hole begins another. */
  #takeHole(open: OpenStream, { offset, endOffset, error }: StreamEvent & { type: "hole" }): void {
    for (let last = this.#fromCurrent(); last !== undefined; last = this.#fromCurrent()) this.#waiting.push(kept(last));
    open.reader = undefined;
    this.#waiting.push({
      item: { type: "fault", offset, endOffset, errorName: MISSING_BYTES, error, resumedBy: "hole" },
      origin: { stream: open.name, definition: open.definition, timeMs: this.#timeMs },
    });
  }

  #brokenItem({ offset, error }: StreamEvent & { type: "broken" }): OriginatedItem {
    return {
      item: { type: "fault", offset, endOffset: this.#readBytes, errorName: error.code, error, resumedBy: "nothing" },
      origin: { stream: FILE_STREAM_NAME, definition: undefined, timeMs: Number.NaN },
    };
  }
}

/** The same with a frame of its own. */
function kept({ item, origin }: OriginatedItem): OriginatedItem {
  return { item: item.type === "frame" ? { ...item, frame: item.frame.slice() } : item, origin };
}
