import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFilter } from "../../src/inspect/filter.ts";
import { filterCapture } from "../../src/inspect/filter_capture.ts";
import { filterFields } from "../../src/inspect/filter_fields.ts";
import type { Filter } from "../../src/inspect/filter_row.ts";
import { bytesSource, jsonLine, readRow } from "../../src/inspect/mod.ts";
import { ReadAhead } from "../../src/inspect/read_ahead.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import { RowReader } from "../../src/inspect/row_reader.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { indexedCapture } from "./indexed_capture.ts";
import { VECTORS } from "./vectors.ts";

const FIELDS = filterFields([SNAPSHOT_PROTOCOL], { agentIds: [] });
const BYTES = Uint8Array.from(VECTORS.flatMap(({ bytes }) => [...bytes]));

function filterOf(text: string): Filter {
  const result = parseFilter(text, FIELDS);
  if (!result.ok) throw new Error(result.error.expected);
  return result.filter;
}

async function passedRows(capture: IndexedCapture, text: string): Promise<number[]> {
  const rows: number[] = [];
  let last = 0;
  for await (const { passed, nextRow } of filterCapture(capture, filterOf(text))) {
    expect(nextRow).toBeGreaterThan(last);
    last = nextRow;
    rows.push(...passed);
  }
  expect(last).toBe(capture.index.rows);
  return rows;
}

describe("filterCapture", () => {
  const capture = indexedCapture(BYTES);

  it("RowReader reads the rows that readRow reads", async () => {
    const rows = new RowReader(capture);
    for (let row = 0; row < capture.index.rows; row++) {
      expect(jsonLine((await rows.read(row)).row)).toBe(jsonLine((await readRow(capture, row)).row));
    }
  });

  it("RowReader reads rows in any order", async () => {
    const rows = new RowReader(capture);
    for (let row = capture.index.rows - 1; row >= 0; row--) {
      expect(jsonLine((await rows.read(row)).row)).toBe(jsonLine((await readRow(capture, row)).row));
    }
  });

  it("finds what an index without contents takes for good", async () => {
    const text = "payload.queuedSnapshots exists || error";
    const expected = await passedRows(capture, text);
    expect(await passedRows(indexedCapture(BYTES, "snapshot", false), text)).toEqual(expected);
    expect(expected.filter((row) => capture.index.fault(row)?.resumedBy === "frame").length).toBeGreaterThan(0);
  });

  it.each([
    ["type == snapshot", (row: Record<string, unknown>) => row["type"] === "snapshot"],
    ["error", (row: Record<string, unknown>) => "error" in row],
    [
      "error == CRC_MISMATCH || type == ack",
      (row: Record<string, unknown>) => row["error"] === "CRC_MISMATCH" || row["type"] === "ack",
    ],
    [
      "payload.processes exists",
      (row: Record<string, unknown>) =>
        ((row["payload"] as { processes?: unknown[] } | undefined)?.processes?.length ?? 0) > 0,
    ],
    [
      "payload.status >= 1",
      (row: Record<string, unknown>) => ((row["payload"] as { status?: number } | undefined)?.status ?? 0) >= 1,
    ],
    [
      "!(payload.queuedSnapshots exists)",
      (row: Record<string, unknown>) =>
        (row["payload"] as { queuedSnapshots?: number } | undefined)?.queuedSnapshots === undefined,
    ],
  ])("%s: the rows are those of which it is true, with and without contents in the index", async (text, isIt) => {
    const expected: number[] = [];
    for (let row = 0; row < capture.index.rows; row++) if (isIt((await readRow(capture, row)).row)) expected.push(row);
    expect(expected.length).toBeGreaterThan(0);
    expect(await passedRows(capture, text)).toEqual(expected);
    // Without contents the index can't know which frames are refused by what is in them; whoever asks for fields does.
    if (text.startsWith("payload"))
      expect(await passedRows(indexedCapture(BYTES, "snapshot", false), text)).toEqual(expected);
  });

  it("may be left at any step, and begun in the middle", async () => {
    for await (const { passed } of filterCapture(capture, filterOf(""), capture.index.rows - 2)) {
      expect(passed).toEqual([capture.index.rows - 2, capture.index.rows - 1]);
      break;
    }
  });
});

describe("ReadAhead", () => {
  it("gives the bytes of its source, wherever they are read", async () => {
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 31) >>> 5);
    const source = bytesSource("test", bytes);
    const place = fc.tuple(fc.nat(bytes.length + 10), fc.nat(1_500_000));
    await fc.assert(
      fc.asyncProperty(fc.array(place, { maxLength: 8 }), async (places) => {
        const ahead = new ReadAhead(source);
        expect([ahead.name, ahead.bytes]).toEqual(["test", bytes.length]);
        for (const [offset, count] of places) {
          const read = await ahead.read(offset, count);
          expect(Buffer.compare(read, bytes.subarray(offset, offset + count))).toBe(0);
        }
      }),
      { seed: 19, numRuns: 40 },
    );
  });
});
