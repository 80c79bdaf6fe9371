import type { FieldSink } from "../core/mod.ts";
import type {
  FrameOutline,
  FrameOutliner,
  FrameReader,
  ProtocolDefinition,
  ReaderOptions,
} from "../protocols/definition.ts";

/** Outlines the frames of a protocol that has no outliner of its own: decodes them whole. */
export class RowOutliner implements FrameOutliner {
  readonly #reader: FrameReader;
  readonly #typeIndexes: ReadonlyMap<string, number>;
  /** Where the frame stands that is being read, and what is made of it. */
  #frameAt = 0;
  #into: FrameOutline | undefined;
  readonly #sink: FieldSink = {
    open() {},
    close() {},
    field: (name, _value, offset, bytes) => {
      const into = this.#into;
      if (name !== "agentId" || into === undefined || into.senderBytes > 0) return;
      // A text stands at the end of its field, behind its length.
      const text = new TextEncoder().encode(String(_value)).length;
      into.senderAt = this.#frameAt + offset + bytes - text;
      into.senderBytes = text;
    },
  };

  constructor(definition: ProtocolDefinition, options: ReaderOptions) {
    this.#reader = definition.createReader(options);
    this.#typeIndexes = new Map(definition.messageTypes.map((name, i) => [name, i]));
  }

  outline(bytes: Uint8Array, at: number, end: number, into: FrameOutline): void {
    this.#frameAt = at;
    this.#into = into;
    into.senderBytes = 0;
    const row = this.#reader.read(bytes.subarray(at, end), this.#sink);
    into.typeIndex = this.#typeIndexes.get(String(row["type"])) ?? this.#typeIndexes.size;
    const timeMs = row["timestampUtcMs"];
    into.timeMs = typeof timeMs === "number" || typeof timeMs === "bigint" ? Number(timeMs) : Number.NaN;
    into.part = undefined;
  }

  /** Readers without an outliner keep nothing that a second look at the end of a stream would spoil. */
  fork(): FrameOutliner {
    return this;
  }
}
