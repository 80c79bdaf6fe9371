import { createStreamCutter } from "../../src/inspect/stream_cutter.ts";
import type { ProtocolDefinition } from "../../src/protocols/definition.ts";

/** A good frame of a stream. */
export interface StreamFrame {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The good frames of a stream, of whatever layout. */
export function framesOf(definition: ProtocolDefinition, stream: Uint8Array): StreamFrame[] {
  const cutter = createStreamCutter(definition);
  const frames: StreamFrame[] = [];
  cutter.push(stream);
  cutter.finish();
  for (let found = cutter.advance(); found !== undefined; found = cutter.advance()) {
    if (found === "fault") continue;
    frames.push({ offset: cutter.frameOffset, bytes: cutter.buffer.slice(cutter.frameAt, cutter.frameEnd) });
  }
  return frames;
}
