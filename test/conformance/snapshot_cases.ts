/** What only the snapshot protocol has: a table that is decoded two ways. */
import { FrameScanner } from "../../src/core/mod.ts";
import {
  decodeEnvelope,
  decodeSnapshotColumns,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  processRows,
  rssBytes,
  SNAPSHOT_FRAMING,
  type SnapshotColumns,
} from "../../src/protocols/snapshot/mod.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { assert, assertEqual } from "./assert.ts";
import type { ConformanceCase, ConformanceRuntime } from "./case.ts";
import { vectorsOf } from "./vectors.ts";

export function snapshotCases(runtime: ConformanceRuntime): ConformanceCase[] {
  return [
    {
      name: "snapshot: columns and process objects say the same",
      async run() {
        const compressor = await runtime.compressor();
        let snapshots = 0;
        for (const { name, bytes, isGood } of await vectorsOf(SNAPSHOT_PROTOCOL, runtime)) {
          if (!isGood) continue;
          const reencoder = SNAPSHOT_PROTOCOL.createReencoder({ compressor });
          for (const frame of framesOf(bytes)) {
            const content = contentOf(frame) ?? reencoder.reencode(frame).find(({ of }) => of === "content")?.found;
            if (content === undefined) continue;
            assertAgree(decodeSnapshotColumns(content), name);
            snapshots++;
          }
        }
        assert(snapshots > 5, `only ${snapshots} snapshots in the vectors`);
      },
    },
  ];
}

/** Reads the columns as a receiver would that wants no objects, and compares. */
function assertAgree(columns: SnapshotColumns, name: string): void {
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  const rows = processRows(columns);
  let nameAt = 0;
  let cmdlineAt = columns.count === 0 ? 0 : columns.nameEnds[columns.count - 1]!;
  const fromColumns = rows.map((_, i) => {
    const row = {
      pid: columns.pid[i]!,
      name: utf8.decode(columns.text.subarray(nameAt, columns.nameEnds[i])),
      cpuPct: columns.cpuPct[i]!,
      rssBytes: rssBytes(columns.rssHalves, i),
      cmdline:
        columns.hasCmdline[i] === 1 ? utf8.decode(columns.text.subarray(cmdlineAt, columns.cmdlineEnds[i])) : null,
    };
    nameAt = columns.nameEnds[i]!;
    cmdlineAt = columns.cmdlineEnds[i]!;
    return row;
  });
  assertEqual(rows, fromColumns, name);
  assertEqual(rows.length, columns.count, name);
}

/** The content of a frame that holds a whole snapshot as it is. */
function contentOf(frame: Uint8Array): Uint8Array | undefined {
  const { envelope, payloadAt } = decodeEnvelope(frame);
  if (envelope.type !== "snapshot" || (envelope.flags & (FLAG_COMPRESSED | FLAG_SEGMENTED)) !== 0) return undefined;
  return frame.subarray(payloadAt);
}

function framesOf(bytes: Uint8Array): Uint8Array[] {
  const scanner = new FrameScanner(SNAPSHOT_FRAMING);
  const frames: Uint8Array[] = [];
  scanner.push(bytes);
  for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) frames.push(frame.bytes);
  return frames;
}
