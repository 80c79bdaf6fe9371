import { describe, expect, it } from "vitest";
import {
  decodeSnapshotColumns,
  encodeSnapshot,
  processRows,
  type SnapshotPayload,
} from "../../../src/protocols/snapshot/mod.ts";
import { snapshotPayload } from "../../../src/protocols/snapshot/snapshot_rows.ts";
import { id, joined, snapshotOf } from "./messages_of.ts";
import { referenceDecode } from "./reference_decoder.ts";

const refusal = expect.objectContaining({ code: "snapshot/payload-malformed", side: "remote" });
const localRefusal = expect.objectContaining({ code: "snapshot/payload-malformed", side: "local" });
const BASE = snapshotOf(id(1), 3);

/** An encoded snapshot with some of its bytes set. */
function patched(at: number, ...bytes: readonly number[]): Uint8Array {
  const content = encodeSnapshot(BASE);
  content.set(bytes, at);
  return content;
}

function f32(value: number): number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)];
}

/** The same decode from an odd address, so that nothing rests on alignment. */
function unaligned(content: Uint8Array): Uint8Array {
  const room = new Uint8Array(content.length + 1);
  room.set(content, 1);
  return room.subarray(1);
}

describe("a decoder refuses", () => {
  const cpuAt = 64 + 3 * 4;
  const lengthsAt = 64 + 3 * 16;
  const cases: [string, Uint8Array][] = [
    ["nothing at all", new Uint8Array(0)],
    ["a window that ends before it starts", patched(24, 0, 0, 0, 0, 0, 0, 0, 0)],
    ["cpuTotalPct NaN", patched(32, ...f32(Number.NaN))],
    ["cpuTotalPct infinite", patched(32, ...f32(Number.POSITIVE_INFINITY))],
    ["cpuTotalPct below 0", patched(32, ...f32(-1))],
    ["cpuTotalPct over 100", patched(32, ...f32(100.01))],
    ["memUsedBytes over memTotalBytes", patched(40, 0xd1, 0x07)],
    ["memTotalBytes 0", patched(48, 0, 0, 0, 0, 0, 0, 0, 0)],
    ["processTotal below count", patched(56, 2)],
    ["a count that the bytes can't hold", patched(56, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ["a pid out of order", patched(64, 3)],
    ["a first cpuPct NaN", patched(cpuAt, ...f32(Number.NaN))],
    ["a middle cpuPct NaN", patched(cpuAt + 4, ...f32(Number.NaN))],
    ["a last cpuPct NaN", patched(cpuAt + 8, ...f32(Number.NaN))],
    ["a cpuPct infinite", patched(cpuAt, ...f32(Number.POSITIVE_INFINITY))],
    ["a cpuPct infinite below", patched(cpuAt + 8, ...f32(Number.NEGATIVE_INFINITY))],
    ["a cpuPct below 0", patched(cpuAt + 8, ...f32(-0.1))],
    ["a cpuPct over 100", patched(cpuAt, ...f32(101))],
    ["a cpuPct out of order", patched(cpuAt + 4, ...f32(2))],
    ["a name length over what is there", patched(lengthsAt, 0x7f)],
    ["a name length in a longer form", patched(lengthsAt, 0x89, 0)],
    [
      "a name length of 11 bytes",
      joined(encodeSnapshot(BASE).subarray(0, lengthsAt), new Uint8Array(11).fill(0x80), new Uint8Array(40)),
    ],
    ["a name that is not UTF-8", patched(lengthsAt + 6, 0xff)],
    ["a last byte that is not there", encodeSnapshot(BASE).subarray(0, -1)],
    ["a byte behind its end", joined(encodeSnapshot(BASE), Uint8Array.of(64))],
    ["extension tags that fall", joined(encodeSnapshot(BASE), Uint8Array.of(65, 0, 64, 0))],
    ["extension tags that repeat", joined(encodeSnapshot(BASE), Uint8Array.of(65, 0, 65, 0))],
    ["an extension that is cut off", joined(encodeSnapshot(BASE), Uint8Array.of(65, 2, 1))],
    ["an extension of 2^64 - 1 bytes", joined(encodeSnapshot(BASE), Uint8Array.of(65, ...Array(9).fill(0xff), 1))],
  ];
  for (const [name, content] of cases) {
    it(name, () => {
      expect(() => decodeSnapshotColumns(content)).toThrow(refusal);
      expect(() => decodeSnapshotColumns(unaligned(content))).toThrow(refusal);
      expect(referenceDecode(content)).toBeUndefined();
    });
  }

  it("a boundary inside of a character, between names, and between names and command lines", () => {
    const two = (names: [string, string], cmdline: string | null): Uint8Array =>
      encodeSnapshot(
        snapshotOf(id(1), 0, {
          processTotal: 2,
          processes: names.map((name, pid) => ({
            pid,
            name,
            cpuPct: 1,
            rssBytes: 0,
            cmdline: pid === 0 ? cmdline : null,
          })),
        }),
      );
    const lengths = 64 + 2 * 16;
    const names = two(["é", "ab"], null);
    names.set([1, 3], lengths);
    expect(() => decodeSnapshotColumns(names)).toThrow(refusal);
    const cmdline = two(["a", "é"], "xy");
    cmdline.set([1, 1, 4], lengths);
    expect(() => decodeSnapshotColumns(cmdline)).toThrow(refusal);
  });

  it("every start of a snapshot", () => {
    const content = encodeSnapshot(snapshotOf(id(1), 3, { extensions: [{ tag: 64, bytes: id(3) }] }));
    const withoutExtension = content.length - 18;
    for (let end = 0; end < content.length; end++) {
      if (end === withoutExtension) continue;
      expect(() => decodeSnapshotColumns(content.subarray(0, end)), `${end} bytes`).toThrow(refusal);
    }
  });
});

describe("an encoder refuses", () => {
  const process = BASE.processes[0]!;
  const cases: [string, Partial<SnapshotPayload>][] = [
    ["a snapshotId of another size", { snapshotId: new Uint8Array(15) }],
    ["a window that ends before it starts", { windowEndMs: 999 }],
    ["cpuTotalPct NaN", { cpuTotalPct: Number.NaN }],
    ["cpuTotalPct over 100", { cpuTotalPct: 100.1 }],
    ["memory used below 0", { memUsedBytes: -1 }],
    ["memory used over all of it", { memUsedBytes: 2_001 }],
    ["no memory", { memUsedBytes: 0, memTotalBytes: 0 }],
    ["fewer processes than are listed", { processTotal: 2 }],
    ["a cpuPct NaN", { processes: [{ ...process, cpuPct: Number.NaN }] }],
    ["a cpuPct over 100", { processes: [{ ...process, cpuPct: 100.1 }] }],
    ["a cpuPct below 0", { processes: [{ ...process, cpuPct: -1 }] }],
    ["a cpuPct out of order", { processes: [process, { ...process, cpuPct: 2 }] }],
    [
      "a pid out of order",
      {
        processes: [
          { ...process, pid: 2 },
          { ...process, pid: 1 },
        ],
      },
    ],
    [
      "extension tags out of order",
      {
        extensions: [
          { tag: 2, bytes: id(1) },
          { tag: 1, bytes: id(1) },
        ],
      },
    ],
  ];
  for (const [name, fields] of cases) {
    it(name, () => {
      expect(() => encodeSnapshot({ ...BASE, ...fields })).toThrow(localRefusal);
    });
  }

  it("more than 16 MiB", () => {
    const processes = Array.from({ length: 3 }, (_, pid) => ({ ...process, pid, name: "x".repeat(6 * 1_024 * 1_024) }));
    expect(() => encodeSnapshot({ ...BASE, processes })).toThrow(
      expect.objectContaining({ code: "snapshot/payload-too-large", side: "local" }),
    );
    // And is as good as new behind it.
    expect(snapshotPayload(decodeSnapshotColumns(encodeSnapshot(BASE)))).toEqual(BASE);
  });

  it("nothing that stands right at a bound", () => {
    const snapshot = {
      ...BASE,
      cpuTotalPct: 100,
      memUsedBytes: 2n ** 64n - 1n,
      memTotalBytes: 2n ** 64n - 1n,
      windowStartMs: 2_000,
    };
    expect(snapshotPayload(decodeSnapshotColumns(encodeSnapshot(snapshot)))).toEqual(snapshot);
  });

  it("half a surrogate pair never: it is written as U+FFFD, and never pairs with its neighbour", () => {
    const texts = ["\ud83d", "\ude00", "é"];
    const processes = texts.map((text, pid) => ({ ...process, pid, name: text, cmdline: text }));
    const rows = processRows(decodeSnapshotColumns(encodeSnapshot({ ...BASE, processes })));
    expect(rows.map(({ name, cmdline }) => [name, cmdline])).toEqual([
      ["\ufffd", "\ufffd"],
      ["\ufffd", "\ufffd"],
      ["é", "é"],
    ]);
  });
});
