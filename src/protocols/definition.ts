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
   * @throws ProtocolError when the frame can't be decoded; the next one may be
   */
  read(frame: Uint8Array, sink?: FieldSink): FrameRow;
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

/** One protocol of the catalogue. */
export interface ProtocolDefinition {
  /** As commands and fixtures name it. */
  readonly name: string;
  /** As people read it. */
  readonly title: string;
  readonly framing: Framing;
  createReader(options: ReaderOptions): FrameReader;
  createReencoder(options: ReaderOptions): Reencoder;
  /**
   * Both sides of a connection right behind its handshake, to feed bytes to: what they do depends on nothing else.
   *
   * @param capture bytes that will be fed; the peer that they come from is the one that the sessions know
   */
  openSessions(capture: Uint8Array, options: ReaderOptions): readonly OpenSession[];
  /** The error for a frame that the scan refused. */
  errorOfScan(scanned: ScannedFrame): ProtocolError;
  /** The error for bytes that end inside a frame. */
  errorOfEnd(offset: number, bytes: number): ProtocolError;
  /** The name that a row gives an error. */
  errorNameOf(error: ProtocolError): string;
  /** What explains its captures. */
  readonly inspection?: ProtocolInspection;
}
