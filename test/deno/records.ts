import { zstdCompressor } from "../../deno/zstd.ts";
import type { SnapshotRecord } from "../../src/ports/mod.ts";
import {
  encodeFrame,
  encodeSegmentHeader,
  encodeSnapshot,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  idHex,
  PLATFORM_LINUX,
} from "../../src/protocols/snapshot/mod.ts";

const zstd = zstdCompressor();
let messages = 0;

function frame(agentId: string, flags: number, ...payload: Uint8Array[]): Uint8Array {
  const messageId = new Uint8Array(16);
  new DataView(messageId.buffer).setUint32(12, ++messages);
  const version = { major: 1, minor: 0 };
  const envelope = { version, flags, platform: PLATFORM_LINUX, messageId, timestampUtcMs: 0, agentId, extensions: [] };
  return encodeFrame({ ...envelope, type: "snapshot" }, ...payload);
}

export interface RecordShape {
  readonly agentId?: string;
  /** 1 when left out. */
  readonly parts?: number;
  readonly compressed?: boolean;
  /** About how long the snapshot is. */
  readonly bytes?: number;
}

/** The record of a snapshot as an agent would have sent it. */
export function makeRecord(n: number, shape: RecordShape = {}): SnapshotRecord {
  const { agentId = "db-1", parts = 1, compressed = false, bytes = 100 } = shape;
  const snapshotId = new Uint8Array(16);
  new DataView(snapshotId.buffer).setUint32(12, n);
  const payload = encodeSnapshot({
    snapshotId,
    windowStartMs: 0,
    windowEndMs: 1_000,
    cpuTotalPct: 1,
    selection: 0,
    memUsedBytes: 1,
    memTotalBytes: 2,
    processTotal: 1,
    processes: [{ pid: n, name: "x".repeat(bytes), cpuPct: 1, rssBytes: 1, cmdline: null }],
    extensions: [],
  });
  const content = compressed ? zstd.compress(payload) : payload;
  const flags = (compressed ? FLAG_COMPRESSED : 0) | (parts > 1 ? FLAG_SEGMENTED : 0);
  const frames: Uint8Array[] = [];
  const partBytes = Math.ceil(content.length / parts);
  for (let partIndex = 0; partIndex < parts; partIndex++) {
    if (parts === 1) {
      frames.push(frame(agentId, flags, content));
      continue;
    }
    const offset = partIndex * partBytes;
    const header = { snapshotId, partIndex, partCount: parts, totalBytes: content.length, offset };
    frames.push(frame(agentId, flags, encodeSegmentHeader(header), content.subarray(offset, offset + partBytes)));
  }
  return { agentId, snapshotId, frames, frameBytes: frames.reduce((sum, { length }) => sum + length, 0) };
}

/** What tests compare: agent and id. */
export function nameOf({ agentId, snapshotId }: { readonly agentId: string; readonly snapshotId: Uint8Array }): string {
  return `${agentId} ${idHex(snapshotId)}`;
}

export async function namesIn(ids: AsyncIterable<{ agentId: string; snapshotId: Uint8Array }>): Promise<string[]> {
  const names: string[] = [];
  for await (const id of ids) names.push(nameOf(id));
  return names;
}
