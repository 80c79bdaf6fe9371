import fc from "fast-check";
import type { Extension, Int64, ProcessRow, SnapshotPayload } from "../../../src/protocols/snapshot/mod.ts";

const MAX_U64 = 2n ** 64n - 1n;

/** As decoders give it: a number while it is safe. */
function int64(value: bigint): Int64 {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(-Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

const u64 = (min: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min, max: MAX_U64 });

/** Any text: mostly short, of all of Unicode, sometimes over the bounds of one and two length bytes. */
const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
  { weight: 8, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      "😀",
      "\ufeffbom",
      "größe",
      "\u0000",
      "é".repeat(64),
      "a".repeat(127),
      "a".repeat(128),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("a".repeat(16_383), "ü".repeat(8_200), "😀".repeat(5_000)) },
);

const row: fc.Arbitrary<ProcessRow> = fc.record({
  pid: fc.integer({ min: 0, max: 0xffff_ffff }),
  name: text,
  cpuPct: fc.oneof(fc.float({ min: 0, max: 100, noNaN: true }), fc.constantFrom(0, 1, 100)),
  rssBytes: u64(0n).map(int64),
  cmdline: fc.option(text, { nil: null }),
});

export const extensions: fc.Arbitrary<Extension[]> = fc
  .uniqueArray(fc.tuple(u64(0n), fc.uint8Array({ maxLength: 30 })), { maxLength: 4, selector: ([tag]) => tag })
  .map((list) => list.sort(([a], [b]) => (a < b ? -1 : 1)).map(([tag, bytes]) => ({ tag: int64(tag), bytes })));

/** Any snapshot that the spec allows. */
export const snapshots: fc.Arbitrary<SnapshotPayload> = fc
  .record({
    snapshotId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    windowStart: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
    windowLength: fc.bigInt({ min: 0n, max: 2n ** 62n }),
    cpuTotalPct: fc.float({ min: 0, max: 100, noNaN: true }),
    selection: fc.integer({ min: 0, max: 7 }),
    memory: fc.tuple(u64(1n), u64(1n)).map(([a, b]) => (a < b ? [a, b] : [b, a])),
    unlisted: fc.integer({ min: 0, max: 1_000 }),
    processes: fc.array(row, { maxLength: 40 }),
    extensions,
  })
  .map(({ windowStart, windowLength, memory: [used, total], unlisted, processes, ...rest }) => ({
    ...rest,
    windowStartMs: int64(windowStart),
    windowEndMs: int64(windowStart + windowLength),
    memUsedBytes: int64(used!),
    memTotalBytes: int64(total!),
    processTotal: processes.length + unlisted,
    processes: processes.sort((x, y) => y.cpuPct - x.cpuPct || x.pid - y.pid),
  }));
