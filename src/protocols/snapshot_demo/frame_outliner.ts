import type { FrameOutline, FrameOutliner, FrameReader, ReaderOptions } from "../definition.ts";
import { decodeEnvelope } from "./decode.ts";
import { DemoFrameReader } from "./frame_reader.ts";
import { MESSAGE_TYPES } from "./wire.ts";

/** Versions, type, id, time, and the length of the agent's id before it (spec §2). */
const AGENT_ID_AT = 39;

/** Outlines frames of the demo; each stands for itself. */
export class DemoFrameOutliner implements FrameOutliner {
  readonly #reader: FrameReader | undefined;

  /** @param contents decodes payloads too */
  constructor(contents: ReaderOptions | undefined) {
    this.#reader = contents === undefined ? undefined : new DemoFrameReader(contents);
  }

  outline(bytes: Uint8Array, at: number, end: number, into: FrameOutline): void {
    const frame = bytes.subarray(at, end);
    const { type, timestampUtcMs, payloadAt } = decodeEnvelope(frame);
    this.#reader?.read(frame);
    into.typeIndex = MESSAGE_TYPES.indexOf(type);
    into.timeMs = Number(timestampUtcMs);
    into.senderAt = at + AGENT_ID_AT;
    // Platform and compression stand between the id and the payload.
    into.senderBytes = payloadAt - 2 - AGENT_ID_AT;
    into.part = undefined;
  }

  fork(): FrameOutliner {
    return this;
  }
}
