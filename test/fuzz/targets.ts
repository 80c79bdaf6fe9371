/** What is fuzzed: it takes chunks and throws when something happens that must not. */
import { FrameScanner, type Framing, ProtocolError } from "../../src/core/mod.ts";
import type { FramedLayout, FrameReader, ProtocolDefinition, ReaderOptions } from "../../src/protocols/definition.ts";

export interface FuzzTarget {
  readonly name: string;
  /** Bytes that it holds for its peer. */
  readonly heldBytes: number;
  /** What it may hold at most. */
  readonly maxHeldBytes: number;
  /** Takes a chunk; `tally` is told of everything that was accepted or refused. */
  feed(chunk: Uint8Array, tally: Tally): void;
}

/** A protocol whose frames a mutator can make right again. */
export type FramedProtocol = ProtocolDefinition & { readonly layout: FramedLayout };

/** Counts by code, so that a report shows how deep the frames came. */
export class Tally {
  readonly counts: Map<string, number> = new Map();

  add(code: string): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
  }

  /** Counts a coded refusal and throws on whatever else was thrown. */
  addError(error: unknown, codes: RegExp): void {
    if (!(error instanceof ProtocolError) || !codes.test(error.code)) throw error;
    this.add(error.code);
  }
}

/** Scanner and decoder, as a capture is read. */
export class ReaderTarget implements FuzzTarget {
  readonly name = "decoder";
  readonly maxHeldBytes: number;
  readonly #scanner: FrameScanner;
  readonly #reader: FrameReader;
  readonly #codes: RegExp;

  constructor(definition: FramedProtocol, options: ReaderOptions) {
    const { framing } = definition.layout;
    this.#scanner = new FrameScanner(framing);
    this.#reader = definition.createReader(options);
    this.#codes = new RegExp(`^${definition.name}/`);
    this.maxHeldBytes = framing.maxFrameBytes;
  }

  get heldBytes(): number {
    return this.#scanner.carriedBytes;
  }

  feed(chunk: Uint8Array, tally: Tally): void {
    this.#scanner.push(chunk);
    for (let frame = this.#scanner.next(); frame !== undefined; frame = this.#scanner.next()) {
      if (frame.status !== "ok") {
        tally.add(frame.status);
        continue;
      }
      try {
        this.#reader.read(frame.bytes);
        tally.add("decoded");
      } catch (error) {
        tally.addError(error, this.#codes);
      }
    }
  }
}

/** Checks what a side wrote: whole frames that a decoder takes. */
export function assertWellFormed(framing: Framing, reader: FrameReader, output: readonly Uint8Array[]): void {
  const scanner = new FrameScanner(framing);
  for (const chunk of output) {
    scanner.push(chunk);
    for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
      if (frame.status !== "ok") throw new Error(`a side wrote a frame that is ${frame.status}`);
      reader.read(frame.bytes);
    }
  }
  if (scanner.finish() !== undefined) throw new Error("a side wrote half a frame");
}
