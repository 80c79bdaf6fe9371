/** Captures made for one test, whose messages it knows by heart. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ControlMessage,
  encodeControl,
  encodeFrame,
  encodeSnapshot,
  type MessageType,
} from "../../../src/protocols/snapshot/mod.ts";
import { temporaryFolder } from "../../e2e/places.ts";

const START_MS = 1_767_225_600_000;
const NO_EXTENSIONS = { extensions: [] } as const;

/** Sixteen bytes that are all the same. */
export function idOf(value: number): Uint8Array {
  return new Uint8Array(16).fill(value);
}

/** A frame of the agent `db-1`, so many seconds after the start. */
export function messageFrame(id: number, seconds: number, message: ControlMessage): Uint8Array {
  return frame(message.type, id, seconds, encodeControl(message));
}

/** A heartbeat with so many snapshots in the agent's queue. */
export function heartbeatFrame(id: number, seconds: number, queuedSnapshots = 0): Uint8Array {
  const payload = { queuedSnapshots, droppedSnapshots: 0, ...NO_EXTENSIONS };
  return messageFrame(id, seconds, { type: "heartbeat", payload });
}

/** The handshake of `db-1`. */
export function handshakeFrame(id: number, seconds: number): Uint8Array {
  const versions = { minMajor: 1, minMinor: 0, maxMajor: 1, maxMinor: 0 };
  const host = { agentVersion: "1.4.2", hostName: "db-1.example", osRelease: "Linux 6.1" };
  const payload = { ...versions, capabilities: 6, ...host, ...NO_EXTENSIONS };
  return messageFrame(id, seconds, { type: "handshake", payload });
}

/** What a server answers to a handshake: a heartbeat every 30 s. */
export function handshakeAckFrame(id: number, seconds: number, handshake: number): Uint8Array {
  const limits = { targetSnapshotBytes: 65_536, maxFrameBytes: 262_144, maxUnstoredSnapshots: 64, throttleDelayMs: 0 };
  const chosen = { chosenMajor: 1, chosenMinor: 0, compression: 0, heartbeatIntervalMs: 30_000 };
  const payload = { handshakeId: idOf(handshake), ...chosen, ...limits, ...NO_EXTENSIONS };
  return messageFrame(id, seconds, { type: "handshakeAck", payload });
}

/** The server has stored a snapshot. */
export function storedFrame(id: number, seconds: number, acked: number): Uint8Array {
  const payload = { ackedId: idOf(acked), status: 1, errorCode: 0, detail: "", ...NO_EXTENSIONS };
  return messageFrame(id, seconds, { type: "ack", payload });
}

/** A snapshot with one process. */
export function snapshotFrame(id: number, seconds: number, cpuTotalPct: number): Uint8Array {
  const windowEndMs = START_MS + seconds * 1_000;
  const payload = encodeSnapshot({
    snapshotId: idOf(id),
    windowStartMs: windowEndMs - 1_000,
    windowEndMs,
    cpuTotalPct,
    selection: 4,
    memUsedBytes: 4_000_000,
    memTotalBytes: 16_000_000,
    processTotal: 1,
    processes: [{ pid: 7, name: "postgres", cpuPct: 3.5, rssBytes: 65_536, cmdline: null }],
    ...NO_EXTENSIONS,
  });
  return frame("snapshot", id, seconds, payload);
}

/** Writes a capture that is gone when the test is over; gives its path. */
export function writeCapture(name: string, ...frames: readonly Uint8Array[]): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, Buffer.concat(frames));
  return path;
}

function frame(type: MessageType, id: number, seconds: number, payload: Uint8Array): Uint8Array {
  const envelope = {
    version: { major: 1, minor: 0 },
    type,
    flags: 0,
    platform: 2,
    messageId: idOf(id),
    timestampUtcMs: START_MS + seconds * 1_000,
    agentId: "db-1",
    ...NO_EXTENSIONS,
  };
  return encodeFrame(envelope, payload);
}
