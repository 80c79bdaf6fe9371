import {
  idHex,
  type ProcessRow,
  SELECTION_ALL,
  SELECTION_COMMAND_LINES,
  type SnapshotPayload,
} from "../../src/protocols/snapshot/mod.ts";
import { between, randomBytes, seeded } from "../core/seeded.ts";

/** A snapshot of a machine that never was, the same for the same seed. */
export function snapshotOf(seed: number, processes: number, cmdlineChars = 0): SnapshotPayload {
  const random = seeded(seed * 2_654_435_761);
  const memTotalBytes = 2 ** 34;
  const rows: ProcessRow[] = Array.from({ length: processes }, (_, i) => ({
    pid: i * 7 + 1,
    name: i % 10 === 9 ? `wörker-${i} 数据` : `worker-${i}`,
    cpuPct: Math.fround(random() * 10),
    rssBytes: i % 50 === 49 ? 2n ** 60n + BigInt(i) : between(random, 0, 2 ** 31),
    cmdline: cmdlineChars === 0 || i % 4 === 3 ? null : text(random, between(random, 0, 2 * cmdlineChars)),
  }));
  rows.sort((a, b) => b.cpuPct - a.cpuPct || a.pid - b.pid);
  const windowEndMs = 1_790_000_000_000 + seed * 1_000;
  return {
    snapshotId: randomBytes(random, 16),
    windowStartMs: windowEndMs - 1_000,
    windowEndMs,
    cpuTotalPct: Math.fround(random() * 100),
    selection: SELECTION_ALL | (cmdlineChars === 0 ? 0 : SELECTION_COMMAND_LINES),
    memUsedBytes: between(random, 0, memTotalBytes - 1),
    memTotalBytes,
    processTotal: processes + between(random, 0, 1),
    processes: rows,
    extensions: seed % 16 === 5 ? [{ tag: 77, bytes: randomBytes(random, 9) }] : [],
  };
}

/** It as a decoder's row says it. */
export function rowOf(snapshot: SnapshotPayload): unknown {
  return {
    ...snapshot,
    snapshotId: idHex(snapshot.snapshotId),
    extensions: snapshot.extensions.map(({ tag, bytes }) => ({ tag, bytes: idHex(bytes) })),
  };
}

/** Text that zstd can do little with. */
function text(random: () => number, chars: number): string {
  let made = "";
  while (made.length < chars) made += Math.floor(random() * 2 ** 32).toString(36);
  return made.slice(0, chars);
}
