/** Frames to start from, with the places in them that mean something. */
import { type FieldSink, ProtocolError } from "../../src/core/mod.ts";
import type { ProtocolDefinition, ReaderOptions } from "../../src/protocols/definition.ts";
import { framesOf } from "../conformance/frames_of.ts";

/** Where one value of a frame stands. */
export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface CorpusFrame {
  readonly bytes: Uint8Array;
  /** As the decoder told them; those that it read before it refused, where it did. */
  readonly fields: readonly Field[];
}

/** Frames over this are left out: what they show, smaller ones show sooner. */
const MAX_CORPUS_FRAME_BYTES = 2_048;

/** The good frames of some streams, in order. */
export function corpusFrom(
  definition: ProtocolDefinition,
  streams: readonly Uint8Array[],
  options: ReaderOptions,
): CorpusFrame[] {
  const corpus: CorpusFrame[] = [];
  for (const stream of streams) {
    for (const { bytes } of framesOf(definition, stream)) {
      if (bytes.length > MAX_CORPUS_FRAME_BYTES) continue;
      corpus.push({ bytes, fields: fieldsOf(definition, bytes, options) });
    }
  }
  return corpus;
}

function fieldsOf(definition: ProtocolDefinition, frame: Uint8Array, options: ReaderOptions): Field[] {
  const fields: Field[] = [];
  const sink: FieldSink = {
    open() {},
    close() {},
    field: (name, _value, offset, bytes) => {
      if (bytes > 0) fields.push({ name, offset, bytes });
    },
  };
  try {
    definition.createReader(options).read(frame, sink);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return fields;
}
