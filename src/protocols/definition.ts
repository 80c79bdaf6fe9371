/** What a protocol tells about itself, for everything that works on any of them: captures, conformance, fuzzing. */
import type { FieldSink, Framing, ProtocolError, ScannedFrame } from "../core/mod.ts";
import type { Compressor } from "../ports/compressor.ts";
import type { ProtocolInspection } from "./inspection.ts";

/** A value as JSON has it, and integers of 64 bits. */
export type RowValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly RowValue[]
  | { readonly [key: string]: RowValue };

/** What one frame means, in the shape of the protocol's vectors. */
export type FrameRow = { readonly [key: string]: RowValue };

/** Reads the frames of one capture, in order; what a message spans over several frames is kept here. */
export interface FrameReader {
  /**
   * @param frame a whole frame whose CRC holds
   * @param aloneAt where the frame starts in its stream, if the frames before it were not read: the reader of a staged stream
   *   tells by it which stage the frame is of
   * @throws ProtocolError when the frame can't be decoded; the next one may be
   */
  read(frame: Uint8Array, sink?: FieldSink, aloneAt?: number): FrameRow;
}

/** Bytes as they came in beside those that this code writes for what they say. */
export interface Reencoding {
  /** The frame, or the content that a frame completed: put together and decompressed. */
  readonly of: "frame" | "content";
  readonly found: Uint8Array;
  readonly canonical: Uint8Array;
}

/** Writes the frames of one capture again, in order, to show whether their sender wrote them as this code does. */
export interface Reencoder {
  /**
   * @param frame a whole frame whose CRC holds
   * @throws ProtocolError when the frame can't be decoded; the next one may be
   */
  reencode(frame: Uint8Array): readonly Reencoding[];
}

/** One side of a connection whose handshake is done. Events are for comparing and printing: their type is the protocol's. */
export interface OpenSession {
  /** The side: `agent`, `server`. */
  readonly side: string;
  /** Bytes that it holds for its peer. */
  readonly heldBytes: number;
  receive(chunk: Uint8Array, nowMs: number): void;
  takeOutput(): Uint8Array[];
  nextEvent(): object | undefined;
}

/** What a reader needs from its host. */
export interface ReaderOptions {
  readonly compressor: Compressor | undefined;
}

/** What a {@linkcode FrameCutter} says of the bytes at the start of a frame. */
export type CutProbe =
  | { readonly status: "ok"; readonly frameBytes: number }
  /** The frame isn't all there; with `wantedBytes`, counted from its start, more can be said. */
  | { readonly status: "short"; readonly wantedBytes: number }
  /** No frame starts here, and the stream has no boundaries any more. */
  | { readonly status: "bad"; readonly error: ProtocolError };

/** Cuts one stream whose frames change their shape as it goes (a greeting first, then frames): each needs one of its own. */
export interface FrameCutter {
  /**
   * Looks at the frame that starts with `bytes`; changes nothing, so it may be asked again with more.
   *
   * A frame over the protocol's limit is `bad` as soon as its head says so: `wantedBytes` is never over that limit.
   */
  probe(bytes: Uint8Array): CutProbe;
  /** Takes note that the stream went on behind `frame`, which `probe` had called `ok`. */
  accept(frame: Uint8Array): void;
}

/** Every frame is cut by the same framing, and a good one can be found again behind damage if the framing has a CRC. */
export interface FramedLayout {
  readonly type: "framed";
  readonly framing: Framing;
  /** The error for a frame that the scan refused. */
  errorOfScan(scanned: ScannedFrame): ProtocolError;
}

/** Frames follow from what came before them; a stream that is broken once stays so. */
export interface StagedLayout {
  readonly type: "staged";
  /** No frame is larger. */
  readonly maxFrameBytes: number;
  /** The `type` of the rows that a stream opens with: what comes behind them can't be read without them. */
  readonly openingTypes?: readonly string[];
  createCutter(): FrameCutter;
}

/** How a stream is cut into frames. */
export type StreamLayout = FramedLayout | StagedLayout;

/** A frame's place in a message that several of them make up. */
export interface FramePart {
  /** The same in all parts, as rows have it; together with the sender it names the whole. */
  readonly wholeId: string;
  /** From 0. */
  readonly partIndex: number;
  /** As far as it is known so far: it may grow from part to part. */
  readonly partCount: number;
  /** True where nothing of the whole was there before. */
  readonly begins: boolean;
  /** True where this part is the one after which the whole was there. */
  readonly completes: boolean;
}

/** What a list shows of a frame. One object is filled again and again: a capture has millions of frames. */
export interface FrameOutline {
  /** Its place in the definition's `messageTypes`. */
  typeIndex: number;
  /** When it was sent, UTC; NaN if it does not say. */
  timeMs: number;
  /** Where the sender's name stands in `bytes`, as UTF-8; it has none if `senderBytes` is 0. */
  senderAt: number;
  senderBytes: number;
  part: FramePart | undefined;
}

/** Reads of the frames of one stream, in order, no more than a list needs. */
export interface FrameOutliner {
  /**
   * @param bytes hold the frame, whose CRC holds, from `at` up to `end`
   * @throws ProtocolError as the reader does, as far as this looks: what it passes may still be refused by the reader
   */
  outline(bytes: Uint8Array, at: number, end: number, into: FrameOutline): void;
  /** One that goes on from here, apart from this one. */
  fork(): FrameOutliner;
}

/** One protocol of the catalogue. What is optional, a protocol that is only read may lack. */
export interface ProtocolDefinition {
  /** As commands and fixtures name it. */
  readonly name: string;
  /** As people read it. */
  readonly title: string;
  readonly layout: StreamLayout;
  /** Every `type` that a row can have. At most 255. */
  readonly messageTypes: readonly string[];
  /** TCP ports that its servers have unless told otherwise. */
  readonly ports: readonly number[];
  /**
   * For a protocol without a CRC: why these first bytes of a stream are its own, in words; nothing if they are not. With a
   * CRC, the frames speak for themselves.
   */
  recognise?(head: Uint8Array): string | undefined;
  createReader(options: ReaderOptions): FrameReader;
  /**
   * Without one, rows are made to learn what they are.
   *
   * @param contents decodes what frames hold as well, and so refuses exactly what the reader does
   */
  createOutliner?(contents: ReaderOptions | undefined): FrameOutliner;
  createReencoder?(options: ReaderOptions): Reencoder;
  /**
   * Both sides of a connection right behind its handshake, to feed bytes to: what they do depends on nothing else.
   *
   * @param capture bytes that will be fed; the peer that they come from is the one that the sessions know
   */
  openSessions?(capture: Uint8Array, options: ReaderOptions): readonly OpenSession[];
  /** What a message says, in one line; a list of its values where this is missing. */
  summaryOf?(row: FrameRow): string;
  /** The error for bytes that end inside a frame. */
  errorOfEnd(offset: number, bytes: number): ProtocolError;
  /** The name that a row gives an error. */
  errorNameOf(error: ProtocolError): string;
  /** What explains its captures. */
  readonly inspection?: ProtocolInspection;
}

/** A protocol that this code writes and speaks as well, over one framing. */
export type SessionProtocol = ProtocolDefinition &
  Required<Pick<ProtocolDefinition, "createReencoder" | "openSessions">> & { readonly layout: FramedLayout };
