import { encodeFrame, encodeSnapshot, type ProcessRow } from "../../src/protocols/snapshot/mod.ts";

/** What a test's snapshot says; the rest is of no interest. */
export interface TestSnapshot {
  readonly agentId: string;
  /** End of the sampling window. */
  readonly atMs: number;
  readonly processes: readonly ProcessRow[];
  readonly cpuTotalPct?: number;
}

let count = 0;

/** A process that uses so much. */
export function processOf(pid: number, name: string, cpuPct: number, cmdline: string | null = null): ProcessRow {
  return { pid, name, cpuPct, rssBytes: pid * 1_048_576, cmdline };
}

/** One frame, as a store has it. */
export function storedFrame({ agentId, atMs, processes, cpuTotalPct = 50 }: TestSnapshot): Uint8Array {
  const snapshotId = new Uint8Array(16);
  new DataView(snapshotId.buffer).setUint32(12, ++count);
  const content = encodeSnapshot({
    snapshotId,
    windowStartMs: atMs - 1_000,
    windowEndMs: atMs,
    cpuTotalPct,
    selection: 0,
    memUsedBytes: 2 ** 30,
    memTotalBytes: 2 ** 32,
    processTotal: processes.length + 100,
    processes: [...processes],
    extensions: [],
  });
  const envelope = {
    version: { major: 1, minor: 0 },
    type: "snapshot",
    flags: 0,
    platform: 2,
    extensions: [],
  } as const;
  return encodeFrame({ ...envelope, messageId: snapshotId, timestampUtcMs: atMs, agentId }, content);
}
