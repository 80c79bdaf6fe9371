import { describe, expect, it } from "vitest";
import { CaptureExport } from "../../src/inspect/capture_export.ts";
import { CaptureIndexer } from "../../src/inspect/capture_indexer.ts";
import { problemsOfRow } from "../../src/inspect/capture_problems.ts";
import { setBytes } from "../../src/inspect/frame_edit.ts";
import { bytesSource, readRow } from "../../src/inspect/mod.ts";
import { ProblemFinder } from "../../src/inspect/problem_finder.ts";
import { ProblemSearch } from "../../src/inspect/problem_search.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import type { RowProblem } from "../../src/inspect/stream_problems.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { compressor, readCapture } from "./read_capture.ts";
import { VECTORS, vector } from "./vectors.ts";

function captureOf(bytes: Uint8Array, container: "stream" | "pcapng" = "stream", contents = true): IndexedCapture {
  const format = { container, protocol: container === "stream" ? "snapshot" : undefined } as const;
  const indexer = new CaptureIndexer(format, contents ? { contents: { compressor } } : {});
  indexer.push(bytes);
  indexer.finish();
  return { source: bytesSource("test", bytes), index: indexer.index, options: { compressor } };
}

async function newProblems(search: ProblemSearch): Promise<RowProblem[]> {
  const found: RowProblem[] = [];
  for await (const { problems } of search.advance()) found.push(...problems);
  return found;
}

async function allProblems(capture: IndexedCapture, isCanonicalAsked = false): Promise<RowProblem[]> {
  const search = new ProblemSearch(capture, isCanonicalAsked);
  return [...(await newProblems(search)), ...(await search.atEnd())];
}

const text = (problems: readonly { offset: number; code: string; found: string }[]): string[] =>
  problems.map(({ offset, code, found }) => `${offset} ${code} ${found}`);

const EVERYTHING = Uint8Array.from(VECTORS.flatMap(({ bytes }) => [...bytes]));

describe("ProblemSearch", () => {
  it.each([true, false])("finds on an index what a reader of the stream finds (contents: %s)", async (contents) => {
    const finder = new ProblemFinder(SNAPSHOT_PROTOCOL);
    const expected = readCapture(EVERYTHING).flatMap((item) => {
      const end = item.type === "frame" ? item.offset + item.frame.length : EVERYTHING.length;
      // The reader has let go of the frame by now.
      const bytes = EVERYTHING.subarray(item.offset, end);
      return finder.take(item.type === "frame" ? { ...item, frame: bytes } : item, bytes);
    });
    expected.push(...finder.atEnd());
    const found = await allProblems(captureOf(EVERYTHING, "stream", contents));
    expect(text(found)).toEqual(text(expected));
    expect(found.length).toBeGreaterThan(20);
  });

  it("goes on where it was when a live capture grows, and finds what a search of the whole finds", async () => {
    const indexer = new CaptureIndexer({ container: "stream", protocol: "snapshot" }, { contents: { compressor } });
    const source = bytesSource("test", EVERYTHING);
    const search = new ProblemSearch({ source, index: indexer.index, options: { compressor } }, false);
    const found: RowProblem[] = [];
    for (let at = 0; at < EVERYTHING.length; at += 5_000) {
      indexer.push(EVERYTHING.subarray(at, at + 5_000));
      found.push(...(await newProblems(search)));
      // May be asked at any time, and changes nothing.
      await search.atEnd();
    }
    indexer.finish();
    found.push(...(await newProblems(search)), ...(await search.atEnd()));
    expect(search.isValid).toBe(true);
    expect(text(found)).toEqual(text(await allProblems(captureOf(EVERYTHING))));
  });

  it("keeps what it found of a file that had ended inside a frame, and reads nothing of that again", async () => {
    const { bytes } = vector("stream");
    const reads: number[] = [];
    const whole = bytesSource("test", bytes);
    const read = (at: number, count: number): Promise<Uint8Array> => {
      reads.push(at);
      return whole.read(at, count);
    };
    const source = { ...whole, read };
    const indexer = new CaptureIndexer({ container: "stream", protocol: "snapshot" }, { contents: { compressor } });
    indexer.push(bytes.subarray(0, bytes.length - 10));
    indexer.finish();
    const { index } = indexer;
    const search = new ProblemSearch({ source, index, options: { compressor } }, false);
    const found = await newProblems(search);
    expect((await search.atEnd()).map(({ code }) => code)).toContain("TRUNCATED");
    const settled = index.settledRows;
    expect(settled).toBe(index.rows - 1);
    reads.length = 0;
    indexer.push(bytes.subarray(bytes.length - 10));
    indexer.finish();
    found.push(...(await newProblems(search)), ...(await search.atEnd()));
    expect(search.isValid).toBe(true);
    expect(Math.min(...reads)).toBe(index.offset(settled));
    expect(text(found)).toEqual(text(await allProblems(captureOf(bytes))));
  });

  it("of a file that grows says when it has to begin anew, wherever it had ended", async () => {
    const from = vector("bad_length_huge").bytes.length;
    const bytes = new Uint8Array(
      Buffer.concat([vector("bad_length_huge").bytes, vector("stream").bytes.subarray(0, 9_000)]),
    );
    const expected = text(await allProblems(captureOf(bytes)));
    let restarts = 0;
    for (let end = from; end < bytes.length; end += 251) {
      const indexer = new CaptureIndexer({ container: "stream", protocol: "snapshot" }, { contents: { compressor } });
      const capture = { source: bytesSource("test", bytes), index: indexer.index, options: { compressor } };
      indexer.push(bytes.subarray(0, end));
      indexer.finish();
      let search = new ProblemSearch(capture, false);
      let found = await newProblems(search);
      indexer.push(bytes.subarray(end));
      indexer.finish();
      if (!search.isValid) {
        restarts++;
        search = new ProblemSearch(capture, false);
        found = [];
      }
      found.push(...(await newProblems(search)), ...(await search.atEnd()));
      expect(text(found), `ended at ${end}`).toEqual(expected);
    }
    expect(restarts).toBeGreaterThan(0);
  });

  it("names the row of each problem", async () => {
    const capture = captureOf(EVERYTHING);
    for (const { row, offset } of await allProblems(capture)) expect(capture.index.offset(row)).toBe(offset);
  });

  it("shows a missing part where the first one is", async () => {
    const frames = readCapture(vector("snapshot_segmented").bytes).map(({ offset }) => offset);
    const { bytes } = vector("snapshot_segmented");
    const ack = vector("ack_stored").bytes;
    const capture = captureOf(new Uint8Array(Buffer.concat([ack, bytes.subarray(0, frames[2]), ack])));
    const found = (await allProblems(capture)).filter(({ code }) => code === "INCOMPLETE_SNAPSHOT");
    expect(found).toMatchObject([{ row: 1, offset: ack.length }]);
  });

  it("compares with what this code writes only when that is asked", async () => {
    const frame = vector("ack_stored").bytes;
    const ask = async (isAsked: boolean): Promise<string[]> => {
      const changed = setBytes(SNAPSHOT_PROTOCOL, frame, { start: 13, end: 14 }, Uint8Array.of(1), "recompute");
      return (await allProblems(captureOf(changed), isAsked)).map(({ code }) => code);
    };
    expect([await ask(false), await ask(true)]).toEqual([[], ["NOT_CANONICAL"]]);
  });
});

describe("problemsOfRow", () => {
  it("says of each row what can be said of it alone", async () => {
    const capture = captureOf(EVERYTHING);
    const bySequence = new Set([
      "REPEATED_MESSAGE",
      "REUSED_ID",
      "TIME_WENT_BACK",
      "PART_OUT_OF_ORDER",
      "INCOMPLETE_SNAPSHOT",
      "DUPLICATE_SNAPSHOT",
    ]);
    const expected = (await allProblems(capture, true)).filter(({ code, row }) => {
      // The content of a message in parts is compared where all parts are at hand.
      return !bySequence.has(code) && !(code === "NOT_CANONICAL" && capture.index.group(row) !== undefined);
    });
    const found: string[] = [];
    for (let row = 0; row < capture.index.rows; row++) {
      const problems = problemsOfRow(capture, await readRow(capture, row));
      found.push(...problems.map(({ code }) => `${row} ${code}`));
    }
    expect(found).toEqual(expected.map(({ row, code }) => `${row} ${code}`));
  });
});

describe("packets", () => {
  const bytes = Uint8Array.from(["stream", "ack_stored", "backpressure"].flatMap((name) => [...vector(name).bytes]));
  const exported = new CaptureExport(SNAPSHOT_PROTOCOL, "pcapng");
  const pieces = [...exported.begin()];
  for (const item of readCapture(bytes)) {
    if (item.type !== "frame") continue;
    const frame = bytes.slice(item.offset, item.offset + item.frame.length);
    pieces.push(...exported.add({ bytes: frame, row: item.row, timeMs: Number(item.row["timestampUtcMs"]) }));
  }
  const file = new Uint8Array(Buffer.concat([...pieces, ...exported.end()]));

  it("that were exported are read back as the frames that they were", async () => {
    const capture = captureOf(file, "pcapng");
    const rows = [];
    for (let row = 0; row < capture.index.rows; row++) rows.push((await readRow(capture, row)).row);
    const idOf = (row: Record<string, unknown>): string => `${row["messageId"]} ${row["error"] ?? ""}`;
    const frames = readCapture(bytes).flatMap((item) => (item.type === "frame" ? [item.row] : []));
    expect(rows.map(idOf).sort()).toEqual(frames.map(idOf).sort());
    expect(new Set(rows.map((row) => row["stream"])).size).toBe(2);
  });

  it("that are missing are a problem of the capture", async () => {
    const isPayload = (piece: Uint8Array): boolean => piece.length > 3_000;
    const first = pieces.findIndex(isPayload);
    // A packet of its middle: 28 bytes of block, 40 of headers, 1,460 of payload and 4 of the block's end.
    const cut = pieces.map((piece, i) =>
      i === first ? Buffer.concat([piece.subarray(0, 1_532), piece.subarray(2 * 1_532)]) : piece,
    );
    const problems = await allProblems(captureOf(new Uint8Array(Buffer.concat(cut)), "pcapng"));
    expect(problems.map(({ code }) => code)).toContain("MISSING_BYTES");
    expect(problems.find(({ code }) => code === "MISSING_BYTES")).toMatchObject({ severity: "warning" });
  });
});
