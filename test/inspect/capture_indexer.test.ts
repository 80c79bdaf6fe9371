import { describe, expect, it } from "vitest";
import { CaptureIndexer } from "../../src/inspect/capture_indexer.ts";
import { bytesSource, type CaptureIndex, jsonLine, ROW_STATUS, readRow } from "../../src/inspect/mod.ts";
import { comparable, compressor, readCapture } from "./read_capture.ts";
import { numbersFrom } from "./seeded_numbers.ts";
import { VECTORS, vector } from "./vectors.ts";

const FORMAT = { container: "stream", protocol: "snapshot" } as const;

function indexOf(bytes: Uint8Array, cuts: readonly number[] = [], withContents = true): CaptureIndex {
  const indexer = new CaptureIndexer(FORMAT, withContents ? { contents: { compressor } } : {});
  [...cuts, bytes.length].reduce((from, to) => {
    const chunk = bytes.slice(from, to);
    indexer.push(chunk);
    chunk.fill(0xa5);
    return to;
  }, 0);
  indexer.finish();
  return indexer.index;
}

/** The rows as `dump --json` prints them, and what faults say beside. */
async function indexed(bytes: Uint8Array, index: CaptureIndex): Promise<string[]> {
  const capture = { source: bytesSource("test", bytes), index, options: { compressor } };
  const lines: string[] = [];
  for (let row = 0; row < index.rows; row++) {
    const fault = index.fault(row);
    const detail = await readRow(capture, row);
    if (fault === undefined) lines.push(jsonLine(detail.row));
    else {
      expect(detail.row).toEqual({ offset: index.offset(row), error: fault.errorName });
      lines.push(
        `${index.offset(row)} ${fault.errorName} ${fault.error!.message} ${fault.endOffset} ${fault.resumedBy}`,
      );
    }
  }
  return lines;
}

function columnsOf(index: CaptureIndex): unknown[] {
  return Array.from({ length: index.rows }, (_, row) => [
    index.offset(row),
    index.bytes(row),
    index.timeMs(row),
    index.types[index.typeNumber(row)],
    index.status(row),
    index.senders[index.senderNumber(row)],
    index.group(row)?.rows,
    index.fault(row)?.errorName,
  ]);
}

const all: Uint8Array = joined(VECTORS.map(({ bytes }) => bytes));

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

describe("the index", () => {
  it.each(VECTORS)("of $name has the rows of a dump", async ({ bytes }) => {
    expect(await indexed(bytes, indexOf(bytes))).toEqual(comparable(readCapture(bytes)));
  });

  it("of all vectors in one file has the rows of a dump, however the file is cut", async () => {
    const whole = indexOf(all);
    expect(await indexed(all, whole)).toEqual(comparable(readCapture(all)));
    const numbers = numbersFrom(2);
    for (let i = 0; i < 10; i++) {
      expect(columnsOf(indexOf(all, numbers.sorted(1 + numbers.below(60), all.length)))).toEqual(columnsOf(whole));
    }
  });

  it("of damaged captures has the rows of a dump", async () => {
    const numbers = numbersFrom(3);
    for (let i = 0; i < 25; i++) {
      const bytes = all.slice();
      for (let hits = numbers.below(12); hits >= 0; hits--) {
        const at = numbers.below(bytes.length - 2_000);
        if (numbers.below(3) === 0) bytes.fill(0, at, at + numbers.below(2_000));
        else bytes[at]! ^= 1 << numbers.below(8);
      }
      expect(await indexed(bytes, indexOf(bytes))).toEqual(comparable(readCapture(bytes)));
    }
  });

  it("without contents differs only where a content is refused", () => {
    const outlined = columnsOf(indexOf(all, [], false)) as unknown[][];
    const decoded = columnsOf(indexOf(all)) as unknown[][];
    expect(outlined.map(([offset]) => offset)).toEqual(decoded.map(([offset]) => offset));
    const differing = decoded.filter((row, i) => JSON.stringify(row) !== JSON.stringify(outlined[i]));
    expect(differing.length).toBeGreaterThan(3);
    for (const row of differing) {
      expect(["PAYLOAD_MALFORMED", "DECOMPRESSION_FAILED", "PAYLOAD_TOO_LARGE"]).toContain(row.at(-1));
    }
  });

  it("takes at most 32 bytes a row", () => {
    const heartbeat = vector("heartbeat").bytes;
    const indexer = new CaptureIndexer(FORMAT);
    const many = joined(Array(1_000).fill(heartbeat));
    for (let i = 0; i < 200; i++) indexer.push(many);
    expect(indexer.index.rows).toBe(200_000);
    expect(indexer.index.heldBytes / 4 / 65_536).toBeLessThanOrEqual(32);
  });
});

describe("a file that grows", () => {
  it("has the index of the whole, wherever it had ended before", () => {
    const numbers = numbersFrom(5);
    const damaged = all.slice();
    for (let i = 0; i < 6; i++) damaged[numbers.below(damaged.length)]! ^= 4;
    const whole = columnsOf(indexOf(damaged));
    for (let i = 0; i < 12; i++) {
      const indexer = new CaptureIndexer(FORMAT, { contents: { compressor } });
      const ends = [...numbers.sorted(1 + numbers.below(5), damaged.length), damaged.length];
      ends.reduce((from, to) => {
        indexer.push(damaged.subarray(from, to));
        indexer.finish();
        expect(columnsOf(indexer.index)).toEqual(columnsOf(indexOf(damaged.subarray(0, to))));
        return to;
      }, 0);
      expect(columnsOf(indexer.index)).toEqual(whole);
    }
  });
});

describe("a frame that is refused", () => {
  it("is read with the fields that the decoder came to, and groups that end", async () => {
    const { bytes } = vector("bad_nan");
    const index = indexOf(bytes);
    const detail = await readRow({ source: bytesSource("test", bytes), index, options: { compressor } }, 0);
    expect(detail.error?.code).toBe("snapshot/payload-malformed");
    const group = detail.fields.find(({ name }) => name === "payload")!;
    const last = detail.fields.at(-1)!;
    expect(group).toMatchObject({ type: "group", depth: 0 });
    expect(last.depth).toBe(1);
    expect(group.end).toBe(last.end);
  });
});

describe("a segmented snapshot", () => {
  const { bytes } = vector("stream");
  const index = indexOf(bytes);
  const lastRow = Array.from({ length: index.rows }, (_, row) => row).find(
    (row) => index.status(row) === ROW_STATUS.lastPart,
  )!;

  it("is a group of its parts", () => {
    const group = index.group(lastRow)!;
    expect(group.completedBy).toBe(lastRow);
    expect([...group.partIndexes].sort((a, b) => a - b)).toEqual(Array.from({ length: group.partCount }, (_, i) => i));
    for (const row of group.rows) expect(index.group(row)).toBe(group);
  });

  it("is read whole, with its processes and the bytes they came from", async () => {
    const detail = await readRow({ source: bytesSource("test", bytes), index, options: { compressor } }, lastRow);
    const pid = detail.fields.find(({ name }) => name === "pid")!;
    expect(pid.of).toBe("content");
    const view = new DataView(detail.content!.buffer, detail.content!.byteOffset);
    expect(pid.value).toBe(view.getUint32(pid.start, true));
    const agentId = detail.fields.find(({ name }) => name === "agentId")!;
    expect(new TextDecoder().decode(detail.bytes.subarray(agentId.start + 1, agentId.end))).toBe(agentId.value);
  });

  it("with a part lost is a group with a hole", () => {
    const group = index.group(lastRow)!;
    const lost = group.rows[1]!;
    const from = index.offset(lost);
    const without = indexOf(joined([bytes.subarray(0, from), bytes.subarray(from + index.bytes(lost))]));
    const broken = without.groups.find(({ wholeId }) => wholeId === group.wholeId)!;
    expect(broken.completedBy).toBeUndefined();
    expect(broken.partIndexes).not.toContain(group.partIndexes[1]);
  });
});
