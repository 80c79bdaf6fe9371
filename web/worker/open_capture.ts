import type { CaptureIndex } from "../../src/inspect/capture_index.ts";
import { CaptureIndexer } from "../../src/inspect/capture_indexer.ts";
import { ReadAhead } from "../../src/inspect/read_ahead.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import type { CaptureSource } from "../../src/ports/capture_source.ts";
import type { Compressor } from "../../src/ports/compressor.ts";
import type { CaptureProgress, OpenAsk } from "../worker_messages.ts";
import type { FilteredList } from "./filtered_list.ts";
import { ListView } from "./list_view.ts";
import { candidateViews, protocolTitle, type Recognised, recognised } from "./recognised.ts";
import { BlobSource, LiveSource, MAX_LIVE_BYTES } from "./sources.ts";
import { Turn } from "./turn.ts";
import { zstdFailure, zstdOrNothing } from "./zstd_start.ts";

/** A piece of a source that is no file. */
const PIECE_BYTES = 262_144;
/** Up to this size every frame's content is decoded while it is indexed; a larger capture is listed first and decoded then. */
const MAX_CHECKED_BYTES = 67_108_864;
/** Decoding a listed capture makes a second index of 30 bytes a row, which takes the first one's place. */
const MAX_CHECKED_ROWS = 2_000_000;
/** How often the page is told how far an index is. */
const PROGRESS_EVERY_MS = 120;

/** A capture that the page has open: its source, its index and the list that is shown of it. */
export class OpenCapture {
  readonly number: number;
  readonly #ask: OpenAsk;
  readonly #tell: (progress: CaptureProgress) => void;
  readonly #stop = new AbortController();
  readonly #known: Recognised;
  readonly #reading: CaptureSource;
  #indexer: CaptureIndexer;
  #list: ListView;
  #filtered: FilteredList | undefined;
  #indexedBytes = 0;
  #checksContents: boolean;
  /** How far the contents are decoded that were not at first; 0 while nothing does that. */
  #checkedBytes = 0;
  /** Somebody has enough of the work that is under way. */
  #isHalted = false;
  #edition = 0;
  #isDone = false;
  #tookMs = 0;
  #toldMs = 0;
  #soon: number | undefined;

  private constructor(
    number: number,
    ask: OpenAsk,
    known: Recognised,
    compressor: Compressor | undefined,
    tell: (progress: CaptureProgress) => void,
  ) {
    this.number = number;
    this.#ask = ask;
    this.#tell = tell;
    this.#known = known;
    this.#reading = new ReadAhead(known.source);
    this.#checksContents = known.source.bytes <= MAX_CHECKED_BYTES;
    this.#indexer = new CaptureIndexer(known.format, this.#checksContents ? { contents: { compressor } } : {});
    this.#list = new ListView(this.#indexer.index, false);
  }

  /** Opens a capture; `run` indexes it. Rejects with what is wrong with it as a whole. */
  static async open(number: number, ask: OpenAsk, tell: (progress: CaptureProgress) => void): Promise<OpenCapture> {
    return new OpenCapture(number, ask, await recognised(ask), await zstdOrNothing(), tell);
  }

  get index(): CaptureIndex {
    return this.#indexer.index;
  }

  get source(): CaptureSource {
    return this.#known.source;
  }

  /** The rows as the list shows them. */
  get list(): ListView {
    return this.#filtered?.list ?? this.#list;
  }

  get isFiltered(): boolean {
    return this.#filtered !== undefined;
  }

  get name(): string {
    return this.#ask.name;
  }

  /** What rows are read with. */
  async indexed(): Promise<IndexedCapture> {
    return { source: this.#reading, index: this.index, options: { compressor: await zstdOrNothing() } };
  }

  /** Shows the rows that pass a filter; nothing for all. */
  showOnly(filtered: FilteredList | undefined): void {
    this.#filtered = filtered;
    this.changed();
  }

  /** Lines of the list have changed. */
  changed(): void {
    this.#edition++;
    this.#report();
  }

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#soon);
  }

  /** Ends what is under way; what was read stays, and `grow` goes on behind it. */
  halt(): void {
    this.#isHalted = true;
  }

  /** Indexes from where the index ends to the end of the source, then looks into every frame. */
  async run(): Promise<void> {
    const turn = new Turn(this.#stop.signal);
    const startMs = performance.now();
    this.#isDone = false;
    this.#isHalted = false;
    for await (const chunk of this.#chunks(this.#indexedBytes)) {
      this.#indexer.push(chunk);
      this.#indexedBytes += chunk.length;
      this.#list.extend();
      this.#reportSometimes();
      await turn.pause();
      if (this.#isHalted) break;
    }
    // Where somebody stopped, no frame is cut off.
    if (!this.#isCut) this.#indexer.finish();
    this.#list.extend();
    this.#tookMs += performance.now() - startMs;
    this.#isDone = true;
    await this.#extendFilter();
    this.changed();
    if (this.index.rows <= MAX_CHECKED_ROWS && !this.#isCut) await this.checkContents();
  }

  /** Takes a newer state of a growing file. */
  async grow(): Promise<void> {
    if (this.#isDone && this.#isCut) return this.run();
    if (!this.#isDone || this.#ask.handle === undefined || !(this.source instanceof BlobSource)) return;
    const file = await this.#ask.handle.getFile();
    if (file.size <= this.source.bytes) return;
    this.source.replace(file);
    if (!this.#indexer.canReopen) await this.#begin();
    await this.run();
  }

  /** Decodes the content of every frame, in an index that takes this one's place: rows have the same numbers in both. */
  async checkContents(): Promise<void> {
    if (this.#checksContents || !this.#isDone || this.#isCut || this.#checkedBytes > 0) return;
    const turn = new Turn(this.#stop.signal);
    this.#isHalted = false;
    const checking = new CaptureIndexer(this.#known.format, { contents: { compressor: await zstdOrNothing() } });
    for await (const chunk of this.#chunks(0)) {
      checking.push(chunk);
      this.#checkedBytes += chunk.length;
      this.#reportSometimes();
      await turn.pause();
      if (this.#isHalted) break;
    }
    this.#checkedBytes = 0;
    if (this.#isHalted) return this.#report();
    checking.finish();
    this.#checksContents = true;
    this.#indexer = checking;
    this.#list = new ListView(checking.index, false);
    this.#list.extend();
    this.changed();
  }

  /** Takes bytes of a live tap, as far as there is room. */
  append(bytes: Uint8Array): void {
    if (!(this.source instanceof LiveSource) || this.source.isFull) return;
    this.source.append(bytes);
    this.#indexer.push(bytes);
    this.#indexedBytes += bytes.length;
    this.#list.extend();
    // It fails only when the capture is closed.
    this.#extendFilter().catch(() => {});
    this.#reportSoon();
  }

  /** Lets what came in through the filter that is shown. */
  async #extendFilter(): Promise<void> {
    if (this.#filtered === undefined) return;
    await this.#filtered.extend(await this.indexed(), this.#stop.signal, () => {});
    this.#reportSoon();
  }

  /** Begins the index anew. */
  async #begin(): Promise<void> {
    const contents = this.#checksContents ? { contents: { compressor: await zstdOrNothing() } } : {};
    this.#indexer = new CaptureIndexer(this.#known.format, contents);
    this.#list = new ListView(this.#indexer.index, false);
    this.#filtered = undefined;
    this.#indexedBytes = 0;
  }

  async *#chunks(from: number): AsyncGenerator<Uint8Array> {
    if (!(this.source instanceof BlobSource)) {
      for (let at = from; at < this.source.bytes; at += PIECE_BYTES) yield await this.source.read(at, PIECE_BYTES);
      return;
    }
    const reader = this.source.blob.slice(from).stream().getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    } finally {
      await reader.cancel();
    }
  }

  #reportSometimes(): void {
    if (performance.now() - this.#toldMs < PROGRESS_EVERY_MS) return;
    this.#report();
  }

  /** Reports now or when it is time to, since nothing else may come that would. */
  #reportSoon(): void {
    this.#soon ??= setTimeout(() => this.#report(), PROGRESS_EVERY_MS - (performance.now() - this.#toldMs));
  }

  #report(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#toldMs = performance.now();
    const { index } = this;
    this.#tell({
      capture: this.number,
      name: this.#ask.name,
      bytes: this.source.bytes,
      indexedBytes: this.#indexedBytes,
      checkedBytes: this.#checkedBytes,
      rows: index.rows,
      listRows: this.list.length,
      faults: index.faults.length,
      senders: index.senders.slice(),
      candidates: candidateViews(this.#known),
      isDone: this.#isDone,
      tookMs: this.#tookMs,
      edition: this.#edition,
      protocolTitle: this.#title(),
      limits: this.#limits(),
      canGrow: this.#ask.handle !== undefined || this.#isCut,
    });
  }

  /** Reading was ended before the end of the source. */
  get #isCut(): boolean {
    return this.#isHalted && this.#indexedBytes < this.source.bytes;
  }

  #title(): string {
    const names = new Set(this.index.streams.map(({ definition }) => definition?.title ?? "unknown"));
    return [...names].join(", ") || protocolTitle(this.#known.format.protocol);
  }

  #limits(): string[] {
    const limits = zstdFailure() === "" ? [] : [zstdFailure()];
    if (this.#isDone && this.#isCut) {
      const [read, all] = [this.#indexedBytes, this.source.bytes].map((bytes) => bytes.toLocaleString("en-US"));
      limits.push(`stopped at ${read} of ${all} bytes: R reads on`);
    }
    if (this.#isDone && !this.#checksContents && !(this.source instanceof LiveSource)) {
      limits.push("contents of frames are decoded as they are shown, not yet all");
    }
    if (this.source instanceof LiveSource && this.source.isFull) {
      limits.push(
        `the live tap holds ${MAX_LIVE_BYTES / 1_048_576} MiB, its limit: nothing more is taken in; save it and start again`,
      );
    }
    return limits;
  }
}
