/** The agent's half of the handshake (spec §6.1, §6.2): what it offers, and whether it can live with the answer. */
import type { HandshakeAckPayload, HandshakePayload, Version, VersionRange } from "./messages.ts";
import type { ClientSessionOptions } from "./session_types.ts";
import { partBytesOf } from "./snapshot_frames.ts";
import { compareVersions, describeRange } from "./version.ts";
import { CAPABILITY_ZSTD } from "./wire.ts";

/** Bounds of what a server may ask for: neither a flood of heartbeats nor a connection that is never checked. */
const MIN_HEARTBEAT_INTERVAL_MS = 100;
const MAX_HEARTBEAT_INTERVAL_MS = 3_600_000;

export function handshakePayload(options: ClientSessionOptions, { min, max }: VersionRange): HandshakePayload {
  const { capabilities, agentVersion, hostName, osRelease, compressor } = options;
  return {
    minMajor: min.major,
    minMinor: min.minor,
    maxMajor: max.major,
    maxMinor: max.minor,
    capabilities: capabilities | (compressor === undefined ? 0 : CAPABILITY_ZSTD),
    agentVersion,
    hostName,
    osRelease,
    extensions: [],
  };
}

/** What makes a HandshakeAck to this agent's own handshake unusable, if anything does. */
export function problemOfTerms(
  ack: HandshakeAckPayload,
  versions: VersionRange,
  offersZstd: boolean,
): string | undefined {
  const chosen = chosenVersion(ack);
  if (compareVersions(chosen, versions.min) < 0 || compareVersions(chosen, versions.max) > 0) {
    return `the server chose ${chosen.major}.${chosen.minor}, this agent speaks ${describeRange(versions)}`;
  }
  // Every snapshot would be given up as too large.
  if (partBytesOf(ack) < 1) return "HandshakeAck leaves no room for a slice";
  return ack.compression === 1 && !offersZstd ? "the server chose zstd, which was not offered" : undefined;
}

export function chosenVersion(ack: HandshakeAckPayload): Version {
  return { major: ack.chosenMajor, minor: ack.chosenMinor };
}

/** The heartbeat interval that the server asked for, within reason. */
export function heartbeatIntervalOf(ack: HandshakeAckPayload): number {
  return Math.min(MAX_HEARTBEAT_INTERVAL_MS, Math.max(MIN_HEARTBEAT_INTERVAL_MS, ack.heartbeatIntervalMs));
}
