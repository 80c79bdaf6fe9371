/** What a server's session is set to, with every default in its place (spec §4, §6). */
import { ProtocolError } from "../../core/protocol_error.ts";
import type { HandshakeAckPayload, Version, VersionRange } from "./messages.ts";
import type { ServerSessionOptions } from "./session_types.ts";
import { DEFAULT_VERSIONS } from "./version.ts";
import {
  MAX_CONSECUTIVE_BAD_FRAMES,
  MAX_FRAME_BYTES,
  MAX_SNAPSHOT_BYTES,
  MAX_UNSTORED_SNAPSHOTS,
  TARGET_SNAPSHOT_BYTES,
} from "./wire.ts";

const DEFAULT_HEARTBEAT_INTERVAL_MS = 5_000;
/** Eight snapshots cover a round trip and a sync at any pace that an agent samples at. */
const DEFAULT_UNSTORED_SNAPSHOTS = 8;
const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;

export interface ServerSettings {
  readonly versions: VersionRange;
  readonly zstd: boolean;
  readonly heartbeatIntervalMs: number;
  readonly targetSnapshotBytes: number;
  readonly maxUnstoredSnapshots: number;
  readonly maxSnapshotBytes: number;
  readonly handshakeTimeoutMs: number;
  readonly maxConsecutiveBadFrames: number;
}

/** @throws ProtocolError `snapshot/option-out-of-range` (local) */
export function serverSettings(options: ServerSessionOptions): ServerSettings {
  const maxUnstoredSnapshots = options.maxUnstoredSnapshots ?? DEFAULT_UNSTORED_SNAPSHOTS;
  if (!(maxUnstoredSnapshots >= 1 && maxUnstoredSnapshots <= MAX_UNSTORED_SNAPSHOTS)) {
    throw new ProtocolError({
      code: "snapshot/option-out-of-range",
      side: "local",
      found: `maxUnstoredSnapshots ${maxUnstoredSnapshots}`,
      expected: `1 to ${MAX_UNSTORED_SNAPSHOTS}`,
    });
  }
  return {
    versions: options.versions ?? DEFAULT_VERSIONS,
    zstd: options.compressor !== undefined,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? DEFAULT_HEARTBEAT_INTERVAL_MS,
    targetSnapshotBytes: options.targetSnapshotBytes ?? TARGET_SNAPSHOT_BYTES,
    maxUnstoredSnapshots,
    maxSnapshotBytes: options.maxSnapshotBytes ?? MAX_SNAPSHOT_BYTES,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS,
    maxConsecutiveBadFrames: options.maxConsecutiveBadFrames ?? MAX_CONSECUTIVE_BAD_FRAMES,
  };
}

/** The answer to a handshake (spec §4). */
export function handshakeAckPayload(
  settings: ServerSettings,
  answer: {
    readonly handshakeId: Uint8Array;
    readonly version: Version;
    readonly compression: 0 | 1;
    readonly throttleDelayMs: number;
  },
): HandshakeAckPayload {
  const { handshakeId, version, compression, throttleDelayMs } = answer;
  const { heartbeatIntervalMs, targetSnapshotBytes, maxUnstoredSnapshots } = settings;
  return {
    handshakeId,
    chosenMajor: version.major,
    chosenMinor: version.minor,
    compression,
    heartbeatIntervalMs,
    targetSnapshotBytes,
    maxFrameBytes: MAX_FRAME_BYTES,
    maxUnstoredSnapshots,
    throttleDelayMs,
    extensions: [],
  };
}
