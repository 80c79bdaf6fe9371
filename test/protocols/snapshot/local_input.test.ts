import { expect, it } from "vitest";
import { ByteWriter } from "../../../src/core/mod.ts";
import {
  ClientSession,
  decodeSnapshotColumns,
  encodeSnapshot,
  type ProcessRow,
  processRows,
  type SnapshotPayload,
} from "../../../src/protocols/snapshot/mod.ts";

const ROW: ProcessRow = { pid: 1, name: "init", cpuPct: 3, rssBytes: 4096, cmdline: null };
const SNAPSHOT: SnapshotPayload = {
  snapshotId: new Uint8Array(16),
  windowStartMs: 0,
  windowEndMs: 1_000,
  cpuTotalPct: 3,
  selection: 0,
  memUsedBytes: 1,
  memTotalBytes: 2,
  processTotal: 1,
  processes: [ROW],
  extensions: [],
};

it.each<[string, Partial<SnapshotPayload>]>([
  ["a fraction of a millisecond", { windowEndMs: 1.5 }],
  ["no number for a time", { windowStartMs: Number.NaN }],
  ["a selection of nine bits", { selection: 256 }],
  ["a memory size that is no integer", { memTotalBytes: 2.5 }],
  ["a memory size over 64 bits", { memTotalBytes: 2n ** 64n }],
  ["a total over 32 bits", { processTotal: 2 ** 32 }],
  ["a pid below 0", { processes: [{ ...ROW, pid: -1 }] }],
  ["a pid over 32 bits", { processes: [{ ...ROW, pid: 2 ** 32 + 5 }] }],
  ["memory below 0", { processes: [{ ...ROW, rssBytes: -1 }] }],
  ["half a byte of memory", { processes: [{ ...ROW, rssBytes: 0.5 }] }],
  ["memory over 64 bits", { processes: [{ ...ROW, rssBytes: 2n ** 64n }] }],
])("encodeSnapshot refuses %s instead of sending another number", (_, change) => {
  expect(() => encodeSnapshot({ ...SNAPSHOT, ...change })).toThrow(
    expect.objectContaining({ code: "snapshot/payload-malformed", side: "local" }),
  );
});

it("encodeSnapshot takes the bounds of every field", () => {
  const rssBytes = [0, 2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n];
  const processes = rssBytes.map((bytes, i) => ({ ...ROW, pid: i === 3 ? 0xffff_ffff : i, rssBytes: bytes }));
  const bytes = encodeSnapshot({ ...SNAPSHOT, selection: 255, processTotal: 0xffff_ffff, processes });
  expect(processRows(decodeSnapshotColumns(bytes))).toEqual(processes);
});

it.each([
  ["agentId", ""],
  ["agentId", "x".repeat(129)],
  ["hostName", "ü".repeat(513)],
  ["osRelease", "x".repeat(1_025)],
])("an agent whose %s does not fit a Handshake is refused before it connects", (name, text) => {
  const options = {
    agentId: "a",
    platform: 2,
    agentVersion: "1",
    hostName: "h",
    osRelease: "r",
    capabilities: 0,
    entropy: { fill: (): void => {} },
    utcOffsetMs: 0,
  };
  expect(() => new ClientSession({ ...options, [name]: text })).toThrow(
    expect.objectContaining({ code: "snapshot/option-out-of-range", side: "local" }),
  );
});

it("a writer keeps to a bound below its first buffer, and writes no uvarint that is none", () => {
  const writer = new ByteWriter(3);
  writer.u16(1);
  expect(() => writer.u16(2)).toThrow(RangeError);
  expect(() => new ByteWriter(16).uvarint(-1)).toThrow(RangeError);
  expect(() => new ByteWriter(16).uvarint(2n ** 64n)).toThrow(RangeError);
});
