/** Small segmented snapshots: those of the vectors are too large to be cut up a million times. */
import type { Compressor } from "../../src/ports/compressor.ts";
import {
  encodeFrame,
  encodeSegmentHeader,
  encodeSnapshot,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  type SnapshotPayload,
} from "../../src/protocols/snapshot/mod.ts";

const PARTS = 3;

/** Two snapshots in three parts each, one of them compressed. */
export function segmentedFrames(compressor: Compressor): Uint8Array[] {
  return [false, true].flatMap((isCompressed) => {
    const snapshotId = new Uint8Array(16).fill(isCompressed ? 3 : 2);
    const plain = encodeSnapshot(snapshot(snapshotId));
    const content = isCompressed ? compressor.compress(plain) : plain;
    const partBytes = Math.ceil(content.length / PARTS);
    return Array.from({ length: PARTS }, (_, partIndex) => {
      const offset = partIndex * partBytes;
      const header = { snapshotId, partIndex, partCount: PARTS, totalBytes: content.length, offset };
      const envelope = {
        version: { major: 1, minor: 0 },
        type: "snapshot",
        flags: FLAG_SEGMENTED | (isCompressed ? FLAG_COMPRESSED : 0),
        platform: 2,
        messageId: new Uint8Array(16).fill(0x40 + partIndex + (isCompressed ? PARTS : 0)),
        timestampUtcMs: 1_767_225_600_000,
        agentId: "agent-01",
        extensions: [],
      } as const;
      return encodeFrame(envelope, encodeSegmentHeader(header), content.subarray(offset, offset + partBytes));
    });
  });
}

function snapshot(snapshotId: Uint8Array): SnapshotPayload {
  return {
    snapshotId,
    windowStartMs: 1,
    windowEndMs: 2,
    cpuTotalPct: 50,
    selection: 4,
    memUsedBytes: 1_000,
    memTotalBytes: 2_000,
    processTotal: 9,
    processes: [
      { pid: 7, name: "größe", cpuPct: 40, rssBytes: 2 ** 40, cmdline: "größe --all 😀" },
      { pid: 3, name: "", cpuPct: 5, rssBytes: 1, cmdline: "" },
      { pid: 5, name: "kworker/0:1", cpuPct: 5, rssBytes: 0, cmdline: null },
    ],
    extensions: [{ tag: 64, bytes: Uint8Array.of(1, 2, 3) }],
  };
}
