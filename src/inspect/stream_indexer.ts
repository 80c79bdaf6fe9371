import { ProtocolError } from "../core/mod.ts";
import type { FrameOutline, FrameOutliner, ProtocolDefinition, ReaderOptions } from "../protocols/definition.ts";
import type { IndexBuilder } from "./index_builder.ts";
import { NO_TYPE } from "./index_builder.ts";
import { RowOutliner } from "./row_outliner.ts";
import { createStreamCutter, type StreamCutter } from "./stream_cutter.ts";

/** What a stretch of a stream is indexed by. */
export interface StreamIndexerOptions {
  readonly definition: ProtocolDefinition;
  readonly streamNumber: number;
  /** Where the stretch starts in its stream. */
  readonly offset: number;
  /** For decoding contents too; nothing for outlines only. */
  readonly contents: ReaderOptions | undefined;
}

/** Makes rows of one stretch of a stream: of all of it, or of what lies between two holes. */
export class StreamIndexer {
  readonly #builder: IndexBuilder;
  readonly #options: StreamIndexerOptions;
  readonly #cutter: StreamCutter;
  readonly #typeNumbers: Uint8Array;
  readonly #outline: FrameOutline = {
    typeIndex: 0,
    timeMs: Number.NaN,
    senderAt: 0,
    senderBytes: 0,
    part: undefined,
  };
  #outliner: FrameOutliner;
  /** The outliner as it was at `finish`. */
  #before: FrameOutliner | undefined;

  constructor(builder: IndexBuilder, options: StreamIndexerOptions) {
    const { definition, contents } = options;
    this.#builder = builder;
    this.#options = options;
    this.#cutter = createStreamCutter(definition);
    this.#typeNumbers = builder.typeNumbersOf(definition);
    this.#outliner =
      definition.createOutliner?.(contents) ?? new RowOutliner(definition, contents ?? { compressor: undefined });
  }

  /** @param timeMs when the chunk was captured, for frames that don't say when they were sent; NaN if it isn't known */
  push(chunk: Uint8Array, timeMs: number): void {
    this.#cutter.push(chunk);
    this.#drain(timeMs);
  }

  finish(timeMs: number): void {
    this.#before = this.#outliner;
    this.#outliner = this.#before.fork();
    this.#cutter.finish();
    this.#drain(timeMs);
  }

  /** Goes on behind the end; the rows since `finish` have been taken out of the index. */
  reopen(): void {
    this.#outliner = this.#before ?? this.#outliner;
    this.#cutter.reopen();
  }

  #drain(timeMs: number): void {
    const cutter = this.#cutter;
    for (let found = cutter.advance(); found !== undefined; found = cutter.advance()) {
      if (found === "frame") this.#addFrame(timeMs);
      else this.#addFault(timeMs);
    }
  }

  #addFrame(timeMs: number): void {
    const { buffer, frameAt, frameEnd, frameOffset } = this.#cutter;
    const { streamNumber, offset } = this.#options;
    const outline = this.#outline;
    try {
      this.#outliner.outline(buffer, frameAt, frameEnd, outline);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const endOffset = frameOffset + frameEnd - frameAt;
      this.#addRefused(frameOffset, endOffset, error, "frame", timeMs);
      return;
    }
    if (Number.isNaN(outline.timeMs)) outline.timeMs = timeMs;
    const typeNumber = this.#typeNumbers[outline.typeIndex] ?? NO_TYPE;
    this.#builder.addFrame(streamNumber, offset + frameOffset, frameEnd - frameAt, buffer, outline, typeNumber);
  }

  #addFault(timeMs: number): void {
    const { offset, endOffset, error, resumedBy } = this.#cutter.fault!;
    this.#addRefused(offset, endOffset, error, resumedBy, timeMs);
  }

  #addRefused(
    from: number,
    to: number,
    error: ProtocolError,
    resumedBy: "frame" | "length" | "search" | "nothing",
    timeMs: number,
  ): void {
    const { streamNumber, definition } = this.#options;
    this.#builder.addFault({
      streamNumber,
      offset: this.#options.offset + from,
      endOffset: this.#options.offset + to,
      timeMs,
      errorName: definition.errorNameOf(error),
      error,
      resumedBy,
      isHole: false,
    });
  }
}
