import type { ProtocolDefinition } from "../../protocols/definition.ts";
import type { CaptureStream } from "../capture_stream.ts";
import { WholeFileExtents } from "../file_extents.ts";
import type { StreamEvent, StreamSource } from "./stream_event.ts";

/** A file that is one stream. */
export class FileStream implements StreamSource {
  readonly #extents: WholeFileExtents = new WholeFileExtents();
  readonly #stream: CaptureStream;
  readonly #events: StreamEvent[] = [];
  readonly canReopen = true;

  constructor(definition: ProtocolDefinition) {
    this.#stream = { name: "", definition, reason: "asked for", opposite: undefined, extents: this.#extents };
    this.#events.push({ type: "begin", streamNumber: 0, stream: this.#stream });
  }

  push(chunk: Uint8Array): void {
    const offset = this.#extents.endOffset;
    this.#extents.endOffset += chunk.length;
    const { definition } = this.#stream;
    this.#events.push({ type: "bytes", streamNumber: 0, definition, offset, bytes: chunk, timeMs: Number.NaN });
  }

  finish(): void {
    this.#events.push({ type: "end", streamNumber: 0, timeMs: Number.NaN });
  }

  reopen(): void {}

  next(): StreamEvent | undefined {
    return this.#events.shift();
  }
}
