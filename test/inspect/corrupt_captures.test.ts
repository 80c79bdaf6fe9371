import { describe, expect, it } from "vitest";
import {
  bytesSource,
  CaptureCheck,
  CaptureIndexer,
  type CaptureItem,
  captureRow,
  jsonLine,
  readRow,
  recognise,
  StreamsReader,
} from "../../src/inspect/mod.ts";
import { asTruth, CORRUPT_CAPTURES, type CorruptCapture } from "./corrupt_captures.ts";
import { compressor } from "./read_capture.ts";
import { numbersFrom } from "./seeded_numbers.ts";

function itemsOf({ bytes, truth }: CorruptCapture, cuts: readonly number[] = []): CaptureItem[] {
  const reader = new StreamsReader({ container: "stream", protocol: truth.protocol }, { compressor });
  const items: CaptureItem[] = [];
  const drain = (): void => {
    for (let found = reader.next(); found !== undefined; found = reader.next()) items.push(found.item);
  };
  [...cuts, bytes.length].reduce((from, to) => {
    reader.push(bytes.slice(from, to));
    drain();
    return to;
  }, 0);
  reader.finish();
  drain();
  return items;
}

const truthsOf = (items: readonly CaptureItem[]): object[] =>
  items.map((item) => asTruth(captureRow(item), item.type === "fault" ? item.endOffset : undefined));

describe.each(CORRUPT_CAPTURES)("$name: $truth.about", (capture) => {
  const { bytes, truth } = capture;

  it("is recognised", () => {
    // Noise is nothing; what comes first in the catalogue stands for it.
    expect(recognise(bytes, bytes.length).chosen.format).toEqual({ container: "stream", protocol: truth.protocol });
  });

  it("gives its rows to whoever reads it, in pieces of any size", () => {
    expect(truthsOf(itemsOf(capture))).toEqual(truth.rows);
    const numbers = numbersFrom(bytes.length);
    for (let i = 0; i < 5; i++) {
      const cuts = numbers.sorted(1 + numbers.below(20), bytes.length);
      expect(truthsOf(itemsOf(capture, cuts))).toEqual(truth.rows);
    }
  });

  it("has them in its index, and each is read alone as the dump prints it", async () => {
    const format = { container: "stream", protocol: truth.protocol } as const;
    const indexer = new CaptureIndexer(format, { contents: { compressor } });
    for (let at = 0; at < bytes.length; at += 1_000) indexer.push(bytes.subarray(at, at + 1_000));
    indexer.finish();
    const { index } = indexer;
    const dumped = itemsOf(capture).map((item) => jsonLine(captureRow(item)));
    expect(index.rows).toBe(truth.rows.length);
    for (const [row, expected] of truth.rows.entries()) {
      const detail = await readRow({ source: bytesSource("", bytes), index, options: { compressor } }, row);
      expect(asTruth(detail.row, index.fault(row)?.endOffset)).toEqual(expected);
      expect(jsonLine(detail.row)).toBe(dumped[row]);
    }
    const incomplete = index.groups
      .filter(({ completedBy }) => completedBy === undefined)
      .map(({ wholeId, partCount, partIndexes }) => ({
        snapshotId: wholeId,
        missing: Array.from({ length: partCount }, (_, part) => part).filter((part) => !partIndexes.includes(part)),
      }));
    expect(incomplete).toEqual(truth.incomplete);
  });

  it("is judged by what was done to it", () => {
    const check = new CaptureCheck();
    const origin = { stream: "", timeMs: Number.NaN, definition: undefined };
    const findings = itemsOf(capture).flatMap((item) =>
      truth.protocol === "snapshot" ? check.take(item) : check.take(item, origin),
    );
    const faults = truth.rows.flatMap(({ offset, error }) => (error === undefined ? [] : [{ offset, error }]));
    const repeated = truth.repeated.map((offset) => ({ offset, error: "DUPLICATE_SNAPSHOT" }));
    expect(findings.map(({ offset, error }) => ({ offset, error }))).toEqual(
      [...faults, ...repeated].sort((a, b) => a.offset - b.offset),
    );
    const unfinished = check.atEnd();
    expect(unfinished.map(({ detail }) => detail.split(" ")[1])).toEqual(
      truth.incomplete.map(({ snapshotId }) => snapshotId),
    );
  });
});

it("holds every kind of damage", () => {
  const errors = new Set(CORRUPT_CAPTURES.flatMap(({ truth }) => truth.rows.map(({ error }) => error)));
  for (const error of ["CRC_MISMATCH", "FRAME_TOO_LARGE", "FRAME_MALFORMED", "TRUNCATED", "DECOMPRESSION_FAILED"]) {
    expect(errors).toContain(error);
  }
});
