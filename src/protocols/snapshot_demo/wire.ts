/** Constants and limits of the demo's framing; each names its paragraph of the spec. */
import { type Framing, LENGTH_BODY_CRC } from "../../core/mod.ts";

/** Message types by their numbers from 1 (spec §2). */
export const MESSAGE_TYPES: readonly [
  "handshake",
  "handshakeAck",
  "heartbeat",
  "snapshot",
  "ack",
  "backpressure",
  "error",
] = ["handshake", "handshakeAck", "heartbeat", "snapshot", "ack", "backpressure", "error"];

/** The name of a message type. */
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** Bytes of an id (spec §2). */
export const ID_BYTES = 16;
/** The length before the body (spec §1). */
export const BODY_AT = 4;
/** The CRC behind it (spec §1). */
export const CRC_BYTES = 4;
/** A body with an empty agent id and an empty payload (spec §1). */
export const MIN_BODY_BYTES = 37;
/** Decompressed (spec §2). */
export const MAX_CONTENT_BYTES = 16_777_216;
/** What a zstd frame may ask for: a decoder must hold 8 MiB at least (RFC 8878 §3.1.1.1.2). */
export const MAX_WINDOW_BYTES = 8_388_608;
/** pid, name length, two f32, memory, and whether there is a command line (spec §3). */
export const MIN_PROCESS_BYTES = 29;

/** The framing (spec §1). */
export const SNAPSHOT_DEMO_FRAMING: Framing = {
  ...LENGTH_BODY_CRC,
  name: "snapshot_demo",
  minFrameBytes: BODY_AT + MIN_BODY_BYTES + CRC_BYTES,
};
