/** The content of a Snapshot (spec §4): what goes in comes out, and what the spec forbids is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FieldSink, ProtocolError } from "../../../src/core/mod.ts";
import {
  decodeSnapshotColumns,
  encodeSnapshot,
  processRows,
  rssBytes,
  type SnapshotPayload,
} from "../../../src/protocols/snapshot/mod.ts";
import { snapshotPayload } from "../../../src/protocols/snapshot/snapshot_rows.ts";
import { id, joined, snapshotOf } from "./messages_of.ts";
import { referenceDecode } from "./reference_decoder.ts";
import { snapshots } from "./snapshot_arbitrary.ts";

const refusal = expect.objectContaining({ code: "snapshot/payload-malformed", side: "remote" });

/** The same decode from an odd address, so that nothing rests on alignment. */
function unaligned(content: Uint8Array): Uint8Array {
  const room = new Uint8Array(content.length + 1);
  room.set(content, 1);
  return room.subarray(1);
}

describe("any snapshot", () => {
  it("comes back as it went in, as objects and as columns, from any address", () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const content = encodeSnapshot(snapshot);
        expect(snapshotPayload(decodeSnapshotColumns(content))).toEqual(snapshot);
        const columns = decodeSnapshotColumns(unaligned(content));
        expect(processRows(columns)).toEqual(snapshot.processes);
        expect([...columns.pid]).toEqual(snapshot.processes.map(({ pid }) => pid));
        expect([...columns.cpuPct]).toEqual(snapshot.processes.map(({ cpuPct }) => cpuPct));
        expect(snapshot.processes.map((_, i) => rssBytes(columns.rssHalves, i))).toEqual(
          snapshot.processes.map((row) => row.rssBytes),
        );
        const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
        const starts = [columns.namesBytes, ...columns.cmdlineEnds];
        const cmdlines = snapshot.processes.map((_, i) =>
          columns.hasCmdline[i] === 1 ? utf8.decode(columns.text.subarray(starts[i], columns.cmdlineEnds[i])) : null,
        );
        expect(cmdlines).toEqual(snapshot.processes.map(({ cmdline }) => cmdline));
      }),
      { numRuns: 600, seed: 11 },
    );
  });

  it("is what the letter of the spec says that its bytes are", () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const reference = referenceDecode(encodeSnapshot(snapshot))!;
        expect(reference.processes.map((row) => ({ ...row, rssBytes: row.rssBytes }))).toEqual(
          snapshot.processes.map((row) => ({ ...row, rssBytes: BigInt(row.rssBytes) })),
        );
        expect(reference.extensionTags).toEqual(snapshot.extensions.map(({ tag }) => BigInt(tag)));
      }),
      { numRuns: 200, seed: 12 },
    );
  });

  it("with thousands of processes, and with none", () => {
    for (const n of [0, 1, 2, 5_000]) {
      const snapshot = snapshotOf(id(1), n);
      expect(snapshotPayload(decodeSnapshotColumns(encodeSnapshot(snapshot)))).toEqual(snapshot);
    }
  });

  it("keeps no command line and an empty one apart", () => {
    const processes = [null, "", "x", "", null].map((cmdline, pid) => ({
      pid,
      name: "",
      cpuPct: 1,
      rssBytes: 0,
      cmdline,
    }));
    const snapshot = snapshotOf(id(1), 0, { processTotal: 5, processes });
    expect(processRows(decodeSnapshotColumns(encodeSnapshot(snapshot)))).toEqual(processes);
  });
});

describe("whatever the bytes are, the decoder says what the spec says", () => {
  const mutation = fc.record({
    at: fc.nat(),
    value: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff)),
    how: fc.constantFrom("set", "cut", "insert"),
  });

  it("and when it takes them, it takes them for the same", () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(snapshots, fc.array(mutation, { minLength: 1, maxLength: 3 }), (snapshot, mutations) => {
        let bytes: Uint8Array = encodeSnapshot(snapshot);
        for (const { at, value, how } of mutations) {
          const place = at % bytes.length;
          if (how === "set") bytes[place] = value;
          else if (how === "cut") bytes = joined(bytes.subarray(0, place), bytes.subarray(place + 1));
          else bytes = joined(bytes.subarray(0, place), Uint8Array.of(value), bytes.subarray(place));
        }
        const reference = referenceDecode(bytes);
        let found: SnapshotPayload | undefined;
        try {
          found = snapshotPayload(decodeSnapshotColumns(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          expect(error).toEqual(refusal);
        }
        expect(found === undefined).toBe(reference === undefined);
        if (found === undefined || reference === undefined) {
          refused++;
          return;
        }
        taken++;
        const rows = found.processes.map((row) => ({ ...row, rssBytes: BigInt(row.rssBytes) }));
        expect(rows).toEqual(reference.processes);
        expect(encodeSnapshot(found).length).toBe(bytes.length);
      }),
      { numRuns: 4_000, seed: 13 },
    );
    expect(taken).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(200);
  });
});

describe("a long table", () => {
  /** Ties, and steps down, so that both rules of the order are met. */
  const table = (n: number): SnapshotPayload =>
    snapshotOf(id(1), 0, {
      processTotal: n,
      processes: Array.from({ length: n }, (_, i) => ({
        pid: i * 3,
        name: "n".repeat(i % 5 === 0 ? (i * 37) % 300 : i % 17),
        cpuPct: Math.fround(100 - Math.floor(i / 7) * 0.01),
        rssBytes: i,
        cmdline: i % 3 === 0 ? null : "é".repeat((i * 13) % 90),
      })),
    });

  it("comes back, whatever its length", () => {
    for (const n of [3, 4, 5, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 1_023, 1_025, 4_097, 9_000]) {
      const snapshot = table(n);
      const content = encodeSnapshot(snapshot);
      expect(processRows(decodeSnapshotColumns(content))).toEqual(snapshot.processes);
      expect(processRows(decodeSnapshotColumns(unaligned(content)))).toEqual(snapshot.processes);
    }
  });

  it("is refused for one fault, wherever it stands", () => {
    const fault = fc.constantFrom("nan", "infinite", "negative", "over", "behind", "pid", "length");
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9_000 }), fc.nat(), fault, (n, where, what) => {
        const content = encodeSnapshot(table(n));
        const view = new DataView(content.buffer);
        const i = where % n;
        const cpuAt = 64 + n * 4 + i * 4;
        if (what === "nan") view.setFloat32(cpuAt, Number.NaN, true);
        else if (what === "infinite") view.setFloat32(cpuAt, Number.POSITIVE_INFINITY, true);
        else if (what === "negative") view.setFloat32(cpuAt, -1e-30, true);
        else if (what === "over") view.setFloat32(cpuAt, 100.1, true);
        else if (what === "behind") view.setFloat32(cpuAt, i === 0 ? -1 : 100, true);
        else if (what === "pid") view.setUint32(64 + i * 4, 0xffff_ffff, true);
        else content[64 + n * 16 + i] = 0xff;
        const reference = referenceDecode(content);
        if (reference === undefined) expect(() => decodeSnapshotColumns(content)).toThrow(refusal);
        else expect(processRows(decodeSnapshotColumns(content)).length).toBe(n);
      }),
      { numRuns: 150, seed: 15 },
    );
  });
});

describe("a field sink", () => {
  it("is told of every byte once, and of the values that the decoder gave", () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const content = encodeSnapshot(snapshot);
        const owner = new Array<string | undefined>(content.length).fill(undefined);
        const told = new Map<string, unknown[]>();
        let depth = 0;
        const sink: FieldSink = {
          open: () => depth++,
          close: () => depth--,
          field: (name, value, offset, bytes) => {
            told.set(name, [...(told.get(name) ?? []), value]);
            for (let at = offset; at < offset + bytes; at++) {
              if (owner[at] !== undefined) throw new Error(`byte ${at} is of ${owner[at]} and of ${name}`);
              owner[at] = name;
            }
          },
        };
        decodeSnapshotColumns(content, sink);
        expect(depth).toBe(0);
        expect(owner.indexOf(undefined)).toBe(-1);
        for (const key of ["pid", "name", "cmdline", "cpuPct", "rssBytes"] as const) {
          expect(told.get(key) ?? []).toEqual(snapshot.processes.map((row) => row[key]));
        }
        expect(told.get("tag") ?? []).toEqual(snapshot.extensions.map(({ tag }) => tag));
      }),
      { numRuns: 200, seed: 14 },
    );
  });
});
