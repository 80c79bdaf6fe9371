/** Constants and limits of the snapshot protocol; each names its paragraph of the spec. */
import { type Framing, LENGTH_CRC_BODY } from "../../core/mod.ts";

/** Message types (spec §2). */
export const MESSAGE_TYPES: {
  readonly handshake: 1;
  readonly handshakeAck: 2;
  readonly heartbeat: 3;
  readonly snapshot: 4;
  readonly ack: 5;
  readonly backpressure: 6;
  readonly error: 7;
} = { handshake: 1, handshakeAck: 2, heartbeat: 3, snapshot: 4, ack: 5, backpressure: 6, error: 7 };

/** The name of a message type. */
export type MessageType = keyof typeof MESSAGE_TYPES;

/** Envelope flags (spec §2). */
export const FLAG_COMPRESSED = 0b0000_0001;
export const FLAG_SEGMENTED = 0b0000_0010;
/** Reserved flags that a receiver must understand (spec §2: bits 2–3). */
export const FLAGS_CRITICAL = 0b0000_1100;

/** Platforms (spec §2). */
export const PLATFORM_UNSPECIFIED = 0;
export const PLATFORM_WINDOWS = 1;
export const PLATFORM_LINUX = 2;
export const PLATFORM_MACOS = 3;

/** Capability bits of a Handshake (spec §4). */
export const CAPABILITY_ALL_PROCESSES = 0b001;
export const CAPABILITY_ZSTD = 0b010;
export const CAPABILITY_COMMAND_LINES = 0b100;

/** `selection` bits of a Snapshot (spec §4). */
export const SELECTION_ALL = 0b001;
export const SELECTION_TRUNCATED = 0b010;
export const SELECTION_COMMAND_LINES = 0b100;

/** Bytes of `length` and `crc`, before the body (spec §1). */
export const FRAME_HEADER_BYTES = 8;
/** Envelope up to `agentId` (spec §2). */
export const ENVELOPE_FIXED_BYTES = 32;
/** The fixed part, a one-byte length and an agent id of one byte (spec §2). */
export const MIN_ENVELOPE_BYTES = 34;
/** A whole frame, its length field included (spec §1). */
export const MAX_FRAME_BYTES = 262_144;
/** A frame over the maximum may be skipped while its length is at most this (spec §1). */
export const MAX_SKIP_BYTES: number = 16 * 1024 * 1024;
/** Bad frames in a row that close a connection (spec §1). */
export const MAX_CONSECUTIVE_BAD_FRAMES = 8;
/** Bytes of an id (spec, preamble). */
export const ID_BYTES = 16;
/** Bytes of an agent id (spec §2). */
export const MAX_AGENT_ID_BYTES = 128;
/** Bytes of `detail` in Ack and of `reason` in Backpressure (spec §4). */
export const MAX_SHORT_DETAIL_BYTES = 256;
/** Bytes of `detail` in Error (spec §4). */
export const MAX_ERROR_DETAIL_BYTES = 1_024;
/** Fixed fields before a slice (spec §3). */
export const SEGMENT_HEADER_BYTES = 28;
/** The most parts that `partCount` can state (spec §3). */
export const MAX_PARTS = 65_535;
/** An encoded snapshot over this is segmented (spec §3). */
export const TARGET_SNAPSHOT_BYTES = 65_536;
/** Default bound of one encoded snapshot, compressed or not, and of what one agent's parts may hold (spec §3, §6.7). */
export const MAX_SNAPSHOT_BYTES: number = 16 * 1024 * 1024;
/** Unfinished snapshots of one agent (spec §6.7). */
export const MAX_UNFINISHED_SNAPSHOTS = 4;
/** Fixed fields of a Snapshot, before the columns (spec §4). */
export const SNAPSHOT_FIXED_BYTES = 64;
/** Bytes that one process takes in the number columns (spec §4: u32 + f32 + u64). */
export const PROCESS_NUMBER_BYTES = 16;
/** Processes listed when nothing else is asked for (spec §4). */
export const DEFAULT_TOP = 100;
/** Bounds of `maxUnstoredSnapshots` (spec §4). */
export const MAX_UNSTORED_SNAPSHOTS = 1_024;
/** How long a Snapshot frame waits for its first answer (spec §6.4). */
export const ACK_TIMEOUT_MS = 2_000;
/** Resends and reconnects (spec §6.4). */
export const RETRY: { readonly firstMs: number; readonly capMs: number } = { firstMs: 500, capMs: 30_000 };
/** Stored ids that a server remembers for each agent (spec §6.5). */
export const DEDUPE_WINDOW_IDS = 1_024;
/** Silent heartbeat intervals after which a server drops a connection (spec §6.6). */
export const IDLE_INTERVALS = 3;

/** The framing of the snapshot protocol (spec §1), for the core's scanner. */
export const SNAPSHOT_FRAMING: Framing = {
  ...LENGTH_CRC_BODY,
  name: "snapshot",
  minFrameBytes: FRAME_HEADER_BYTES + MIN_ENVELOPE_BYTES,
  maxFrameBytes: MAX_FRAME_BYTES,
  maxSkipBytes: MAX_SKIP_BYTES,
};
