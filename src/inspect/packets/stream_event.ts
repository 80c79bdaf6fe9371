import type { ProtocolError } from "../../core/mod.ts";
import type { ProtocolDefinition } from "../../protocols/definition.ts";
import type { CaptureStream } from "../capture_stream.ts";

/** What a file turns out to hold, in the order of the file. Streams are numbered from 0 as they begin. */
export type StreamEvent =
  | { readonly type: "begin"; readonly streamNumber: number; readonly stream: CaptureStream }
  | {
      readonly type: "bytes";
      readonly streamNumber: number;
      /** Nothing where no protocol of the catalogue fits: then nobody wants the bytes. */
      readonly definition: ProtocolDefinition | undefined;
      /** In the stream. */
      readonly offset: number;
      /** Valid until the next `push`. */
      readonly bytes: Uint8Array;
      /** When it was captured; NaN if that isn't known. */
      readonly timeMs: number;
    }
  /** The capture lacks these bytes: what comes behind them does not follow from what came before. */
  | {
      readonly type: "hole";
      readonly streamNumber: number;
      readonly offset: number;
      readonly endOffset: number;
      readonly timeMs: number;
      readonly error: ProtocolError;
    }
  | { readonly type: "end"; readonly streamNumber: number; readonly timeMs: number }
  /** The file can't be read any further, or not all of it is. */
  | { readonly type: "broken"; readonly offset: number; readonly error: ProtocolError };

/** Takes a file piece by piece and gives the streams in it. */
export interface StreamSource {
  push(chunk: Uint8Array): void;
  /** The file ends here. */
  finish(): void;
  next(): StreamEvent | undefined;
  /** True when a file that had ended may go on. */
  readonly canReopen: boolean;
  reopen(): void;
}
